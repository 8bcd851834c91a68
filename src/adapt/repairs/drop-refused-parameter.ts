// A target refused a parameter by name: the request goes without it, when it can do without it.

import type { AdaptationContext, Repair } from '../../core/adaptation.ts'
import type { ChatRequest } from '../../core/chat.ts'
import type { GatewayError } from '../../core/error.ts'
import { withAdvisedFields } from './advised-fields.ts'
import { droppableFields } from './droppable-fields.ts'
import { isRefusedFor, upstreamWords } from './upstream-words.ts'

const refusal =
  /unsupported|not supported|n[o']t support\b|unrecogni[sz]ed|unknown (?:parameter|field|name|argument)|extra (?:inputs?|fields?)|not (?:permitted|allowed|accepted)|deprecated|unexpected keyword|cannot both be specified|cannot be specified together|no longer (?:supported|accepted)/i

/** Names that are also plain words count only where they stand as names. */
const isTelling = (name: string): boolean => name.includes('_') || name.length >= 8

export const dropRefusedParameter: Repair = {
  name: 'drop-refused-parameter',
  matches: (error, request) =>
    isRefusedFor(error, refusal) && refusedNames(error, request).length > 0,
  request: (request, context, error) => {
    const limit = request.limits?.maxOutputTokens
    const names = refusedNames(error, request)
    const drops = droppableFields(request)
    const bare = names.reduce((rest, name) => drops.get(name)?.(rest) ?? rest, request)
    const advised = advisedLimit(error)
    const isRenamed =
      limit !== undefined && bare.limits?.maxOutputTokens === undefined && advised !== undefined
    for (const name of names) tell(name, isRenamed, context)
    return isRenamed ? withAdvisedFields(bare, { [advised]: limit }, context) : bare
  },
}

function tell(name: string, isRenamed: boolean, { losses }: AdaptationContext): void {
  if (!(isRenamed && /^max_\w*tokens$/.test(name)))
    losses.add('dropped', name, `The target refused "${name}"`)
}

/** The refused names the request has, as the upstream wrote them. */
function refusedNames(error: GatewayError, request: ChatRequest): readonly string[] {
  const sentences = upstreamWords(error)
    .split(/(?<=[.;\n])\s+/)
    .filter((sentence) => refusal.test(sentence))
  const names = [...droppableFields(request).keys()].filter((name) =>
    sentences.some((sentence) => isNamed(name, sentence)),
  )
  // Of two that exclude each other, the first named stays.
  if (sentences.some((sentence) => excludesOther.test(sentence)))
    return names.toSorted((a, b) => place(a, sentences) - place(b, sentences)).slice(1)
  // A mark may stay where only its time is refused.
  const isTimeOnly = sentences.some((sentence) => /cache_control[\w.]*\.ttl\b/.test(sentence))
  return isTimeOnly ? names.filter((name) => name !== 'cache_control') : names
}

const excludesOther = /both be specified|specified together/i

const place = (name: string, sentences: readonly string[]): number =>
  sentences.join(' ').indexOf(name)

function isNamed(name: string, sentence: string): boolean {
  const word = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const forms = [
    // In quotes, at the end of a path or alone: 'tools[0].function.strict'.
    `["'\`](?:[\\w.[\\]]*[.\\]])?${word}(?:\\[[^\\]]*\\])?["'\`]`,
    // After a word that announces a name: "does not support parameter stop", "supplied: top_k".
    `(?:parameters?|arguments?|fields?|property|option|support|supplied|model):?\\s+${word}(?![\\w.-]*\\w)`,
    // Before what is wrong with it: "tools.0.custom.strict: Extra inputs are not permitted".
    `(?:^|[\\s"'.])${word}:\\s`,
    ...(isTelling(name) ? [`(?<![\\w-])${word}(?![\\w-])`] : []),
  ]
  return forms.some((form) => new RegExp(form).test(sentence))
}

/** "Use 'max_completion_tokens' instead": what the limit is called there. */
const advisedLimit = (error: GatewayError): string | undefined =>
  /\buse ["'`](max_\w*tokens)["'`]/i.exec(upstreamWords(error))?.[1]
