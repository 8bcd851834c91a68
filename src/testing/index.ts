// The public face of the test kit: what plugin and provider authors check their work with.

export { checkEvents } from './check-events.ts'
export { describeAdaptation } from './describe-adaptation.ts'
export { describeLedger } from './describe-ledger.ts'
export { describePlugin } from './describe-plugin.ts'
export { describeProvider, type ProviderExpectations } from './describe-provider.ts'
export { describeStrategy } from './describe-strategy.ts'
export {
  type FakeUpstream,
  findClosedAddress,
  type ReceivedRequest,
  type Script,
  type ScriptedAnswer,
  startFakeUpstream,
  type UpstreamFault,
} from './fake-upstream.ts'
export type { FrameChecker, FrameExpectations } from './frames/check-frames.ts'
export { frameCheckers } from './frames/index.ts'
export { type Fixture, type FixtureFilter, loadFixtures } from './load-fixtures.ts'
export { createRandom, cutBytes, cutBytesAt } from './random.ts'
export { readSse, readSseEvents, type SseRecord } from './read-sse.ts'
