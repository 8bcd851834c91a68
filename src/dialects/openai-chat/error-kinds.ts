// Which kind of failure a code, a sentence or a status stands for.

import type { ErrorKind } from '../../core/error.ts'

/** What a body says went wrong. */
export type Fault = {
  readonly code: string
  readonly type: string
  readonly message: string
  readonly param: string | undefined
  /** A status the body itself names. */
  readonly status: number | undefined
}

// Codes and types servers of this dialect use, lower case; the numbers are those of places with codes
// of their own.
const kindByCode: { readonly [code: string]: ErrorKind } = {
  context_length_exceeded: 'context-too-long',
  model_context_window_exceeded: 'context-too-long',
  base_1039: 'context-too-long',
  exceed_context_size_error: 'context-too-long',
  model_max_prompt_tokens_exceeded: 'context-too-long',
  '1261': 'context-too-long',
  insufficient_quota: 'provider-no-credit',
  exceeded_current_quota_error: 'provider-no-credit',
  insufficient_user_quota: 'provider-no-credit',
  insufficient_balance: 'provider-no-credit',
  billing_not_active: 'provider-no-credit',
  billing_hard_limit_reached: 'provider-no-credit',
  arrearage: 'provider-no-credit',
  base_1008: 'provider-no-credit',
  '1113': 'provider-no-credit',
  '1309': 'provider-no-credit',
  rate_limit_exceeded: 'provider-rate-limited',
  rate_limit_error: 'provider-rate-limited',
  rate_limit_reached_error: 'provider-rate-limited',
  rate_limited: 'provider-rate-limited',
  too_many_requests: 'provider-rate-limited',
  resource_exhausted: 'provider-rate-limited',
  base_1002: 'provider-rate-limited',
  base_1041: 'provider-rate-limited',
  base_2045: 'provider-rate-limited',
  base_2056: 'provider-rate-limited',
  '1302': 'provider-rate-limited',
  '1303': 'provider-rate-limited',
  '1304': 'provider-rate-limited',
  '1305': 'provider-rate-limited',
  '1308': 'provider-rate-limited',
  invalid_api_key: 'provider-auth',
  invalid_authentication_error: 'provider-auth',
  incorrect_api_key_error: 'provider-auth',
  authentication_error: 'provider-auth',
  account_deactivated: 'provider-auth',
  wrong_api_key: 'provider-auth',
  api_key_invalid: 'provider-auth',
  unauthenticated: 'provider-auth',
  permission_denied: 'provider-auth',
  '1000': 'provider-auth',
  '1001': 'provider-auth',
  '1003': 'provider-auth',
  '1002': 'provider-auth',
  '1004': 'provider-auth',
  '1110': 'provider-auth',
  '1111': 'provider-auth',
  '1112': 'provider-auth',
  base_1004: 'provider-auth',
  base_2049: 'provider-auth',
  model_not_found: 'provider-model-not-found',
  model_not_exist: 'provider-model-not-found',
  invalid_model: 'provider-model-not-found',
  deploymentnotfound: 'provider-model-not-found',
  modelnotfound: 'provider-model-not-found',
  '1211': 'provider-model-not-found',
  base_2061: 'provider-model-not-found',
  content_filter: 'content-blocked',
  content_policy_violation: 'content-blocked',
  responsibleaipolicyviolation: 'content-blocked',
  datainspectionfailed: 'content-blocked',
  data_inspection_failed: 'content-blocked',
  base_1026: 'content-blocked',
  base_1027: 'content-blocked',
  '1301': 'content-blocked',
  engine_overloaded_error: 'provider-overloaded',
  overloaded_error: 'provider-overloaded',
  service_unavailable: 'provider-overloaded',
  unavailable_error: 'provider-overloaded',
  unavailable: 'provider-overloaded',
  base_1001: 'provider-timeout',
  base_1042: 'rejected',
  base_2013: 'rejected',
}

// Where no code helps, the words do; the first match wins.
const kindByWords: readonly (readonly [RegExp, ErrorKind])[] = [
  [
    /context (length|window|size)|maximum (context|prompt|input) length|prompt is too long|input is too long|prompt exceeds max length|range of input length|token limit (reached|exceeded)|exceeded model token limit|prompt token count of \d+ exceeds|exceeds? max message tokens|tokens \+ `?max_new_tokens`? must be|too many (input )?tokens|exceeds? the (available context|model'?s? (maximum )?context)/i,
    'context-too-long',
  ],
  [
    /insufficient (balance|credit|fund|quota)|have any credits|monthly included credits|余额不足|欠费|exceeded your current quota|credit balance|out of credits|requires more credits|no credits/i,
    'provider-no-credit',
  ],
  [
    /(incorrect|invalid|wrong|bad|missing|no) api[- ]?key|api[- ]?key (is )?(not valid|invalid|expired|missing)|authentication fail|no auth credentials|invalid (access )?token|user not found/i,
    'provider-auth',
  ],
  [/too many requests|rate limit/i, 'provider-rate-limited'],
  [
    /model identifier is invalid|model\b.{0,120}(does not exist|not exist|not found|not supported by any provider)|(unknown|no such|not a valid) model|no endpoints found/i,
    'provider-model-not-found',
  ],
  [
    /(input|prompt|content|request) was (flagged|filtered|blocked)|requires moderation|safety system/i,
    'content-blocked',
  ],
  [/overloaded|loading model|at capacity/i, 'provider-overloaded'],
]

const kindByStatus: { readonly [status: number]: ErrorKind } = {
  401: 'provider-auth',
  402: 'provider-no-credit',
  403: 'provider-auth',
  404: 'provider-not-found',
  405: 'provider-not-found',
  408: 'provider-timeout',
  413: 'request-too-large',
  429: 'provider-rate-limited',
  498: 'provider-overloaded',
  503: 'provider-overloaded',
  504: 'provider-timeout',
  522: 'provider-timeout',
  524: 'provider-timeout',
  529: 'provider-overloaded',
}

const kindOfStatus = (status = 502): ErrorKind =>
  kindByStatus[status] ?? (status >= 400 && status < 500 ? 'rejected' : 'provider-failed')

/** What went wrong: by code, then by words, then by type, then by status. */
export function classify({ code, type, message }: Fault, status: number | undefined): ErrorKind {
  // Whatever it is called, the same request would be refused again.
  if (status === 413) return 'request-too-large'
  const known =
    kindByCode[code.toLowerCase()] ??
    (/^throttling/i.test(code) ? 'provider-rate-limited' : undefined)
  if (known) return known
  const isServerFault = status !== undefined && status >= 500
  // Its words speak of quotas also where only the rate is meant.
  if (type.toLowerCase() === 'resource_exhausted') return 'provider-rate-limited'
  const said = isServerFault ? undefined : kindByWords.find(([words]) => words.test(message))?.[1]
  // The type is the vaguest: some servers call every refusal the same.
  const typed = kindByCode[type.toLowerCase()]
  return said ?? typed ?? kindOfStatus(status)
}
