// The stage of most tests: a real gateway between real clients and one scripted provider, which it
// knows under several names: in both dialects, streaming as asked, always or never.

import {
  type FakeUpstream,
  type Fixture,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../../src/testing/index.ts'
import type { ClientDialect } from './oracle.ts'
import { startGateway, type TestGateway } from './start-gateway.ts'

export type World = {
  readonly gateway: TestGateway
  readonly upstream: FakeUpstream
  close(): Promise<void>
}

type Streaming = 'both' | 'always' | 'never'

/** The name the gateway knows the scripted provider under. */
export const providerOf = (dialect: string, streaming: Streaming = 'both'): string =>
  `lab-${dialect}-${streaming}`

const dialects: readonly ClientDialect[] = ['openai-chat', 'anthropic']
const modes: readonly Streaming[] = ['both', 'always', 'never']

/** Starts both; nothing is tried twice unless `config` says so. */
export async function startWorld(config: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const upstream = await startFakeUpstream()
  const names = dialects.flatMap((dialect) => modes.map((streaming) => ({ dialect, streaming })))
  const gateway = await startGateway({
    providers: Object.fromEntries(
      names.map(({ dialect, streaming }) => [
        providerOf(dialect, streaming),
        { dialect, streaming, base_url: `${upstream.address}/v1`, api_key: 'lab-key' },
      ]),
    ),
    retry: { max: 0 },
    ...config,
  })
  return {
    gateway,
    upstream,
    close: async () => {
      await gateway.close()
      await upstream.close()
    },
  }
}

/** The provider's side of a fixture, cut into pieces at odd places. */
export const toScript = (fixture: Fixture): ScriptedAnswer => ({
  status: fixture.status,
  body: fixture.response,
  headers: {
    'content-type': fixture.isStream ? 'text/event-stream' : 'application/json',
    ...fixture.headers,
  },
  cuts: { seed: fixture.response.length, count: 5 },
})

/** Has the provider answer as in `fixture`, whatever it is asked. */
export const replay = (upstream: FakeUpstream, fixture: Fixture): void =>
  upstream.play(toScript(fixture))

/** The provider name that makes the gateway ask for the framing the fixture was made in. */
export const providerFor = (fixture: Fixture, isClientStream: boolean): string =>
  fixture.isStream === isClientStream || fixture.status >= 400
    ? providerOf(fixture.dialect)
    : providerOf(fixture.dialect, fixture.isStream ? 'always' : 'never')
