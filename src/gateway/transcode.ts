// Renders a target's answer for the client. Which of four ways is decided here, in one place, and
// known nowhere else: passThrough (the provider's bytes), reframe (its frames in another framing),
// translate (its events in another dialect) and encodeOnly (events that never were bytes).

import { passStream, passWhole } from './render/pass-through.ts'
import { reframe } from './render/reframe.ts'
import type { Output, Rendering, RenderMode, RenderPlan } from './render/rendering.ts'
import { translate } from './render/translate.ts'

/** Chooses the way and sets it up. */
export function createRendering(plan: RenderPlan, output: Output): Rendering {
  const mode = chooseMode(plan)
  if (mode === 'passThrough')
    return plan.target?.isStream ? passStream(plan, output) : passWhole(plan, output)
  if (mode === 'reframe') return reframe(plan, output)
  return translate(plan, output, mode)
}

function chooseMode({ client, target, wasForwarded, taps }: RenderPlan): RenderMode {
  if (!target) return 'encodeOnly'
  const isSame =
    wasForwarded && client.dialect === target.dialect && client.isStream === target.isStream
  if (!isSame || taps.some(({ needs }) => needs === 'events')) return 'translate'
  return client.isStream && client.framing !== target.framing ? 'reframe' : 'passThrough'
}
