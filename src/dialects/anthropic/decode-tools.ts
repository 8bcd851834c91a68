// Tools and the choice among them, as a client of Messages says it.

import type { ChatRequest, Tool, ToolChoice } from '../../core/chat.ts'
import { toExtensions } from '../../core/extensions.ts'
import { isJsonObject, type Json, type JsonObject, omit } from '../../core/json.ts'
import { isPlainMark, toCache } from './decode-blocks.ts'
import { badField, needText, readFlag, readList, readObject, readText, show } from './fields.ts'
import { dialectId } from './names.ts'

export function decodeTools(body: JsonObject): readonly Tool[] | undefined {
  const tools = readList(body, 'tools', 'tools')
  if (!tools || tools.length === 0) return undefined
  return tools.map((tool, position) => decodeTool(tool, `tools.${position}`))
}

const functionKeys = new Set(['type', 'name', 'description', 'input_schema', 'strict'])
const cacheKeys = new Set(['cache_control'])

function decodeTool(tool: Json, param: string): Tool {
  if (!isJsonObject(tool)) throw badField(param, `must be an object; got ${show(tool)}`)
  const mark = tool['cache_control']
  const cache = toCache(mark)
  const isPlain = !isJsonObject(mark) || isPlainMark(mark)
  const type = readText(tool, 'type', `${param}.type`)
  if (type !== undefined && type !== 'custom') {
    const name = tool['name']
    return {
      type: 'opaque',
      dialect: dialectId,
      name: typeof name === 'string' ? name : type,
      raw: isPlain ? omit(tool, cacheKeys) : tool,
      ...(cache && isPlain ? { cache } : {}),
    }
  }
  const description = readText(tool, 'description', `${param}.description`)
  const schema = readObject(tool, 'input_schema', `${param}.input_schema`)
  const isStrict = readFlag(tool, 'strict', `${param}.strict`)
  const extensions = toExtensions(isPlain ? omit(tool, cacheKeys) : tool, functionKeys, dialectId)
  return {
    type: 'function',
    name: needText(tool, 'name', `${param}.name`),
    ...(description === undefined ? {} : { description }),
    ...(schema ? { schema } : {}),
    ...(isStrict === undefined ? {} : { isStrict }),
    ...(cache ? { cache } : {}),
    ...(extensions ? { extensions } : {}),
  }
}

export function decodeToolChoice(
  body: JsonObject,
): Pick<ChatRequest, 'toolChoice' | 'hasParallelTools'> {
  const choice = readObject(body, 'tool_choice', 'tool_choice')
  if (!choice) return {}
  const isSerial = readFlag(
    choice,
    'disable_parallel_tool_use',
    'tool_choice.disable_parallel_tool_use',
  )
  return {
    toolChoice: toToolChoice(choice),
    ...(isSerial === undefined ? {} : { hasParallelTools: !isSerial }),
  }
}

function toToolChoice(choice: JsonObject): ToolChoice {
  switch (choice['type']) {
    case 'auto':
    case 'none':
      return { mode: choice['type'] }
    case 'any':
      return { mode: 'required' }
    case 'tool':
      return { mode: 'one', name: needText(choice, 'name', 'tool_choice.name') }
    default:
      throw badField(
        'tool_choice.type',
        `must be "auto", "any", "tool" or "none"; got ${show(choice['type'])}`,
      )
  }
}
