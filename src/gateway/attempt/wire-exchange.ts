// Sends a prepared request to a provider over HTTP and renders what comes back.

import type { ChatCall } from '../../core/call.ts'
import type { HeaderFields } from '../../core/dialect.ts'
import { type Json, parseJson } from '../../core/json.ts'
import type { Target } from '../../core/provider.ts'
import type { Secret } from '../../core/secret.ts'
import { pathOf, upstreamHeaders } from '../ask.ts'
import { hopHeader, hopWith, shownHeaders } from '../headers.ts'
import type { Output, Rendering } from '../render/rendering.ts'
import { createRendering } from '../transcode.ts'
import type { TransportRequest } from '../transport.ts'
import {
  clientSide,
  type EngineSettings,
  encodeContext,
  type Surroundings,
} from './engine-settings.ts'
import { type ExchangeEnd, runExchange } from './exchange.ts'
import type { Prepared } from './prepare.ts'

export async function exchangeOverWire(
  call: ChatCall,
  target: Target,
  prepared: Prepared,
  key: Secret | undefined,
  settings: EngineSettings,
  surroundings: Surroundings & { onReleased(): void },
): Promise<ExchangeEnd> {
  const { upstream } = target
  const { face, dialect, isStream: asksStream } = prepared
  const framing = settings.framingOf(face.framing ?? dialect.framing)
  const request = await toTransportRequest(
    call,
    target,
    prepared,
    key,
    settings,
    framing.contentType,
  )
  if (surroundings.reply.isOver) {
    surroundings.onReleased()
    return { type: 'cancelled' }
  }
  let shown: Record<string, string> = {}
  return runExchange(request, {
    transport: settings.services.transport,
    services: settings.services,
    timeouts: upstream.timeouts,
    provider: upstream.id,
    reply: surroundings.reply,
    streamType: framing.contentType,
    asksStream,
    decodeError: (failure) =>
      dialect.error.decode({ ...failure, body: withoutKey(failure.body, key) }, upstream.id),
    hasFinished: () => surroundings.meter.hasFinished,
    hasEnded: () => surroundings.meter.hasEnded,
    onHead: (fields) => {
      shown = shownHeaders(fields, dialect)
    },
    onReleased: surroundings.onReleased,
    render: rendererOf(call, target, prepared, settings, surroundings, () => shown),
  })
}

/** Providers like to repeat the key they refuse; nobody else is to read it. */
function withoutKey(body: Json, key: Secret | undefined): Json {
  const text = JSON.stringify(body)
  const shown = key?.reveal() ?? ''
  return shown !== '' && text.includes(shown)
    ? (parseJson(text.replaceAll(shown, '[redacted]')) ?? '')
    : body
}

async function toTransportRequest(
  call: ChatCall,
  target: Target,
  prepared: Prepared,
  key: Secret | undefined,
  settings: EngineSettings,
  streamType: string,
): Promise<TransportRequest> {
  const { upstream } = target
  const { face, body } = prepared
  const { service } = settings.parts
  const path = pathOf(face, 'chat', target.model) ?? '/'
  const traceparent = call.headers['traceparent']
  const headers: HeaderFields = {
    'content-type': 'application/json',
    accept: prepared.isStream ? streamType : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': `${service.name}/${service.version}`,
    [hopHeader]: hopWith(call.headers, settings.hop),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...prepared.headers,
  }
  const unsigned = { method: 'POST', url: face.origin + path, body, headers }
  return {
    origin: face.origin,
    path,
    method: 'POST',
    headers: await upstreamHeaders(upstream, unsigned, key),
    body,
    connectTimeoutMs: upstream.timeouts.connectMs,
  }
}

/** Keeps what rendering needs of the prepared request, not its body. */
function rendererOf(
  call: ChatCall,
  target: Target,
  { dialect, face, profile, losses, undo, wasForwarded, hidesUsageFrame }: Prepared,
  settings: EngineSettings,
  { head, meter }: Surroundings,
  shown: () => Record<string, string>,
): (isStream: boolean, output: Output) => Rendering {
  const { services } = settings
  const framing = settings.framingOf(face.framing ?? dialect.framing)
  return (isStream, output) => {
    const rendering = createRendering(
      {
        client: clientSide(call, settings),
        target: { dialect, framing, isStream },
        wasForwarded,
        hidesUsageFrame,
        decode: {
          profile,
          target: { provider: target.upstream.id, model: target.model },
          losses,
          createId: services.id,
        },
        encode: () => encodeContext(call, settings, losses),
        undo,
        taps: call.taps,
        isStrict: call.isStrict,
        meter,
      },
      output,
    )
    head.rendered(shown(), losses, rendering.mode)
    return rendering
  }
}
