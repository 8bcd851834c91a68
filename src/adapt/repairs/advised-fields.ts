// Fields an upstream asked for by name, written as its own dialect's fields: so its advice can be
// followed without knowing the dialect.

import type { AdaptationContext } from '../../core/adaptation.ts'
import type { ChatRequest } from '../../core/chat.ts'
import type { JsonObject } from '../../core/json.ts'

/** `request` with `fields` verbatim for the target; fields of another dialect would be lost anyway. */
export function withAdvisedFields(
  request: ChatRequest,
  fields: JsonObject,
  { target, losses }: AdaptationContext,
): ChatRequest {
  const { extensions } = request
  const isOwn = extensions?.dialect === target.dialect
  if (!isOwn) {
    for (const [field, value] of Object.entries(extensions?.fields ?? {})) {
      if (value !== null)
        losses.add('dropped', field, `The target's dialect has no field for "${field}"`)
    }
  }
  const known = isOwn ? extensions.fields : {}
  return { ...request, extensions: { dialect: target.dialect, fields: { ...known, ...fields } } }
}
