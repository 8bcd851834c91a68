// Says in words what went wrong on the way to a provider.

import { GatewayError } from '../../core/error.ts'

const explanations = new Map(
  Object.entries({
    ECONNREFUSED: 'refused the connection: nothing listens there',
    ENOTFOUND: 'has a host name that does not resolve',
    EAI_AGAIN: 'has a host name that could not be resolved just now',
    EHOSTUNREACH: 'cannot be reached from this machine',
    ENETUNREACH: 'cannot be reached from this machine',
    UND_ERR_CONNECT_TIMEOUT: 'did not accept a connection in time',
    ETIMEDOUT: 'did not accept a connection in time',
    ECONNRESET: 'broke the connection',
    EPIPE: 'broke the connection',
    UND_ERR_SOCKET: 'broke the connection',
  }),
)

/** A transport failure as the client may read it; a cut-off answer is `provider-truncated`. */
export function toNetworkError(error: Error, provider: string, hadHead: boolean): GatewayError {
  const code = codeOf(error)
  if (hadHead) {
    return new GatewayError('provider-truncated', `Provider "${provider}" broke off its answer`, {
      provider,
      cause: error,
    })
  }
  const what = explanations.get(code) ?? explanationOf(code)
  return new GatewayError(
    'provider-unreachable',
    `Provider "${provider}" ${what}${code ? ` (${code})` : ''}`,
    { provider, cause: error },
  )
}

function explanationOf(code: string): string {
  if (code.startsWith('ERR_TLS') || code.includes('CERT'))
    return 'showed a certificate that was not accepted'
  return code.startsWith('HPE_') ? 'answered in something that is not HTTP' : 'could not be reached'
}

function codeOf(error: Error): string {
  const { code, cause } = error as Error & { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  return cause instanceof Error ? codeOf(cause) : ''
}
