// Makes the request for one target: the client's own bytes with named edits where the target speaks
// the client's dialect and nothing needs changing, else adapted and encoded anew.

import type { Adaptation, AdaptationContext, Repair } from '../../core/adaptation.ts'
import type { ChatCall } from '../../core/call.ts'
import type { ChatRequest } from '../../core/chat.ts'
import type { Dialect } from '../../core/dialect.ts'
import { GatewayError } from '../../core/error.ts'
import type { EventMap } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import { createLosses, type Losses, losesMeaning } from '../../core/loss.ts'
import { type Profile, withProfile } from '../../core/profile.ts'
import type { ResolvedFace, Target, Upstream } from '../../core/provider.ts'
import { editTopLevel } from '../edit-top-level.ts'
import { forwardedHeaders, joinHeaders } from '../headers.ts'

/** A repair to be made on this try, and the refusal that called for it. */
export type Mending = { readonly repair: Repair; readonly error: GatewayError }

export type Lookup = {
  readonly dialects: ReadonlyMap<string, Dialect>
  readonly adaptations: readonly Adaptation[]
}

export type Prepared = {
  readonly dialect: Dialect
  readonly face: ResolvedFace
  readonly profile: Profile
  readonly body: Uint8Array
  readonly headers: Record<string, string>
  /** Whether a stream was asked for. */
  readonly isStream: boolean
  readonly wasForwarded: boolean
  readonly hidesUsageFrame: boolean
  readonly undo: readonly EventMap[]
  readonly losses: Losses
}

/** The face a call takes: the client's own dialect where there is one, else the provider's best. */
export function chooseFace(
  call: { readonly dialect: Dialect },
  target: Target,
  dialects: Lookup['dialects'],
): { face: ResolvedFace; dialect: Dialect } {
  const { faces, id } = target.upstream
  const face =
    faces.find(({ dialect }) => dialect === call.dialect.id) ??
    faces.find(({ dialect }) => dialects.has(dialect))
  const dialect = face && dialects.get(face.dialect)
  if (!face || !dialect) {
    throw new GatewayError(
      'provider-not-configured',
      `Provider "${id}" has no dialect this gateway speaks; set providers.${id}.dialect`,
      { provider: id },
    )
  }
  return { face, dialect }
}

/** What the target takes: the dialect's word, then the provider's, then the operator's. */
export function profileOf(target: Target, dialect: Dialect): Profile {
  const known = knownProfiles(target.upstream)
  const key = `${dialect.id} ${target.model}`
  const found = known.get(key)
  if (found) return found
  const profile = makeProfile(target, dialect)
  // Clients choose the names of models, so there is no end to them.
  if (known.size >= maxKnownProfiles) known.clear()
  known.set(key, profile)
  return profile
}

const profiles = new WeakMap<Upstream, Map<string, Profile>>()
const maxKnownProfiles = 256

function knownProfiles(upstream: Upstream): Map<string, Profile> {
  const known = profiles.get(upstream)
  if (known) return known
  const fresh = new Map<string, Profile>()
  profiles.set(upstream, fresh)
  return fresh
}

function makeProfile(target: Target, dialect: Dialect): Profile {
  const { provider, profile } = target.upstream
  const own = provider.kind === 'wire' ? provider.profile?.(target.model, dialect.id) : undefined
  return withProfile(dialect.profile, own, profile)
}

/** Throws `unsupported` where the target cannot serve the call, `loss-refused` where strictness forbids it. */
export function prepare(
  call: ChatCall,
  target: Target,
  lookup: Lookup,
  mendings: readonly Mending[],
): Prepared {
  const { face, dialect } = chooseFace(call, target, lookup.dialects)
  const profile = profileOf(target, dialect)
  const losses = createLosses()
  for (const { kind, what, why } of call.losses.list) losses.add(kind, what, why)
  const isStream = profile.streaming === 'both' ? call.isStream : profile.streaming === 'always'
  const context: AdaptationContext = {
    profile,
    losses,
    target: { dialect: dialect.id, provider: target.upstream.id, model: target.model },
  }
  const common = { dialect, face, profile, isStream, losses }
  if (canForward(call, dialect, context, lookup.adaptations, mendings)) {
    refuseLosses(call, losses)
    return {
      ...common,
      ...forward(call, target, dialect, profile, isStream),
      undo: [],
      wasForwarded: true,
    }
  }
  const { request, undo } = adapt(call, target, context, lookup.adaptations, mendings, isStream)
  const encoded = dialect.request.encode(request, profile, losses)
  refuseLosses(call, losses)
  const forwarded = dialect === call.dialect ? forwardedHeaders(call.headers, dialect, profile) : {}
  return {
    ...common,
    body: Buffer.from(JSON.stringify(encoded.body)),
    headers: joinHeaders({ ...dialect.request.fixedHeaders, ...forwarded }, encoded.headers),
    undo,
    wasForwarded: false,
    hidesUsageFrame: false,
  }
}

function canForward(
  call: ChatCall,
  dialect: Dialect,
  context: AdaptationContext,
  adaptations: readonly Adaptation[],
  mendings: readonly Mending[],
): boolean {
  if (dialect !== call.dialect || call.isRewritten || mendings.length > 0) return false
  const { fields, bytes } = call.body
  const includes = (text: string): boolean =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text)
  if (dialect.request.mustTranslate?.(fields, includes)) return false
  if (context.profile.passThrough === 'always') return true
  const request = call.request()
  return !adaptations.some((adaptation) => adaptation.applies(request, context))
}

/** Named edits only: the model, our own fields out, the stream switch, the wish for usage. */
function forward(
  call: ChatCall,
  target: Target,
  dialect: Dialect,
  profile: Profile,
  isStream: boolean,
): Pick<Prepared, 'body' | 'headers' | 'hidesUsageFrame'> {
  const { fields, bytes } = call.body
  const usageEdit = isStream
    ? dialect.request.usageEdit?.(call.isStream ? fields : { ...fields, stream: true }, profile)
    : undefined
  const set: Record<string, JsonObject[string]> = { ...usageEdit }
  if (fields['model'] !== target.model) set['model'] = target.model
  if (isStream !== call.isStream) set['stream'] = isStream
  const remove = Object.keys(fields).filter((name) => isOwnField(dialect, name, fields))
  const isUnchanged = remove.length === 0 && Object.keys(set).length === 0
  return {
    body: isUnchanged ? bytes : Buffer.concat(editTopLevel(bytes, { set, remove })),
    headers: {
      ...dialect.request.fixedHeaders,
      ...forwardedHeaders(call.headers, dialect, profile),
    },
    hidesUsageFrame: usageEdit !== undefined,
  }
}

/** Some names are ours as a plain value and another's as an object; those objects are forwarded. */
function isOwnField(dialect: Dialect, name: string, fields: JsonObject): boolean {
  if (!dialect.request.ownFields.has(name)) return false
  // Looked at only now: a field of a large body is parsed when it is asked for.
  const value = fields[name]
  return typeof value !== 'object' || value === null || Array.isArray(value)
}

function adapt(
  call: ChatCall,
  target: Target,
  context: AdaptationContext,
  adaptations: readonly Adaptation[],
  mendings: readonly Mending[],
  isStream: boolean,
): { request: ChatRequest; undo: readonly EventMap[] } {
  let request: ChatRequest = { ...call.request(), model: target.model, stream: isStream }
  for (const { repair, error } of mendings) request = repair.request(request, context, error)
  const undo: EventMap[] = []
  for (const adaptation of adaptations) {
    if (!adaptation.applies(request, context)) continue
    const adapted = adaptation.request(request, context)
    request = adapted.request
    if (adapted.events) undo.push(adapted.events())
  }
  return { request, undo }
}

function refuseLosses(call: ChatCall, losses: Losses): void {
  const lost = call.isStrict ? losses.list.filter(losesMeaning) : []
  if (lost.length === 0) return
  throw new GatewayError(
    'loss-refused',
    `Strict mode refuses this call: ${lost.map(({ kind, what, why }) => `${kind} ${what} (${why})`).join('; ')}`,
  )
}
