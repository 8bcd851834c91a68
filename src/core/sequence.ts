// Puts the pieces of an answer in order. Providers interleave (parallel tool calls, text between
// tool arguments, thought after text); events may not: one part is open at a time per choice.

import type { Citation, Extensions, Origin } from './chat.ts'
import type { Emit, PartStart } from './events.ts'
import { type JsonObject, parseJson } from './json.ts'

export type ToolPiece = {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly arguments?: string | undefined
  readonly kind?: 'function' | 'custom'
  /** What else the dialect says of the call; known in time only with one of its first pieces. */
  readonly extensions?: Extensions
}

export type Sequencer = {
  text(choice: number, text: string): void
  refusal(choice: number, text: string): void
  reasoning(choice: number, text: string, origin?: Origin): void
  /** Ends the open thought with its signature; a thought without text is opened for it. */
  signature(choice: number, signature: string, origin?: Origin): void
  /** A whole thought only its origin can read. */
  redacted(choice: number, data: string, origin?: Origin): void
  /** A part that comes whole (image, audio, opaque). */
  whole(choice: number, part: PartStart): void
  citation(choice: number, citation: Citation): void
  logprobs(choice: number, logprobs: readonly JsonObject[]): void
  /** A piece of the call `key`. Empty ids and names never overwrite what is known. */
  tool(choice: number, key: string | number, piece: ToolPiece): void
  /** True once any call was begun: then an answer that says "stop" means "tool-calls". */
  hasTools(choice: number): boolean
  /** Closes what is open and emits what was held back. */
  close(): void
}

type ToolState = {
  id: string
  name: string
  arguments: string
  sent: number
  kind: 'function' | 'custom'
  extensions: Extensions | undefined
  isClosed: boolean
  index: number
}
type Open = { kind: 'text' | 'refusal' | 'reasoning' | 'tool'; index: number; tool?: ToolState }
type ChoiceState = {
  open: Open | undefined
  tools: Map<string | number, ToolState>
  /** Calls that wait for the open one to close, in order of arrival. */
  waiting: ToolState[]
  /** Text that arrived while a call's arguments were incomplete. */
  heldText: string
  /** Thought that arrived after text began. */
  heldReasoning: string
  heldOrigin: Origin | undefined
}

/** `createId` makes ids for calls whose provider gives none. */
export function createSequencer(emit: Emit, createId: (prefix: string) => string): Sequencer {
  let nextIndex = 0
  const choices = new Map<number, ChoiceState>()

  const stateOf = (choice: number): ChoiceState => {
    const known = choices.get(choice)
    if (known) return known
    const fresh: ChoiceState = {
      open: undefined,
      tools: new Map(),
      waiting: [],
      heldText: '',
      heldReasoning: '',
      heldOrigin: undefined,
    }
    choices.set(choice, fresh)
    return fresh
  }

  const start = (state: ChoiceState, choice: number, kind: Open['kind'], part: PartStart): Open => {
    const open: Open = { kind, index: nextIndex++ }
    state.open = open
    emit({ type: 'part-start', index: open.index, choice, part })
    return open
  }

  const end = (state: ChoiceState): void => {
    if (!state.open) return
    if (state.open.tool) {
      state.open.tool.isClosed = true
      if (state.open.tool.sent === 0 && state.open.tool.kind === 'function') {
        emit({ type: 'part-delta', index: state.open.index, arguments: '{}' })
      }
    }
    emit({ type: 'part-end', index: state.open.index })
    state.open = undefined
  }

  const isToolComplete = (tool: ToolState): boolean =>
    tool.kind === 'function' &&
    tool.arguments.trim() !== '' &&
    parseJson(tool.arguments) !== undefined

  const sendArguments = (tool: ToolState): void => {
    if (tool.arguments.length === tool.sent) return
    emit({ type: 'part-delta', index: tool.index, arguments: tool.arguments.slice(tool.sent) })
    tool.sent = tool.arguments.length
  }

  const openTool = (state: ChoiceState, choice: number, tool: ToolState): void => {
    if (tool.id === '') tool.id = createId('call')
    const open = start(state, choice, 'tool', {
      type: 'tool-call',
      id: tool.id,
      name: tool.name,
      kind: tool.kind,
      ...(tool.extensions ? { extensions: tool.extensions } : {}),
    })
    open.tool = tool
    tool.index = open.index
    sendArguments(tool)
  }

  const sendHeldReasoning = (state: ChoiceState, choice: number): void => {
    if (state.heldReasoning === '') return
    const text = state.heldReasoning
    const origin = state.heldOrigin
    state.heldReasoning = ''
    end(state)
    const open = start(
      state,
      choice,
      'reasoning',
      origin ? { type: 'reasoning', origin } : { type: 'reasoning' },
    )
    emit({ type: 'part-delta', index: open.index, text })
  }

  /** Closes what is open, with what was held behind it, so that another part may start. */
  const makeRoom = (state: ChoiceState, choice: number): void => {
    sendHeldReasoning(state, choice)
    end(state)
    if (state.heldText !== '') {
      const text = state.heldText
      state.heldText = ''
      const open = start(state, choice, 'text', { type: 'text' })
      emit({ type: 'part-delta', index: open.index, text })
      end(state)
    }
  }

  const isBusyWithTool = (state: ChoiceState): boolean =>
    state.open?.tool !== undefined && !isToolComplete(state.open.tool)

  const flushWaiting = (state: ChoiceState, choice: number, isLast: boolean): void => {
    while (state.waiting.length > 0 && !isBusyWithTool(state)) {
      const tool = state.waiting[0]
      if (!tool || (tool.name === '' && !isLast)) return
      if (!isLast && tool.id === '' && tool.arguments === '') return
      state.waiting.shift()
      makeRoom(state, choice)
      openTool(state, choice, tool)
    }
  }

  const textOf = (kind: 'text' | 'refusal', choice: number, text: string): void => {
    if (text === '') return
    const state = stateOf(choice)
    if (state.open?.kind !== kind) {
      if (isBusyWithTool(state) || state.waiting.length > 0) {
        state.heldText += text
        return
      }
      makeRoom(state, choice)
      start(state, choice, kind, { type: kind })
    }
    if (state.open) emit({ type: 'part-delta', index: state.open.index, text })
  }

  const openReasoning = (state: ChoiceState, choice: number, origin: Origin | undefined): Open => {
    if (state.open?.kind === 'reasoning') return state.open
    makeRoom(state, choice)
    return start(
      state,
      choice,
      'reasoning',
      origin ? { type: 'reasoning', origin } : { type: 'reasoning' },
    )
  }

  return {
    text: (choice, text) => textOf('text', choice, text),
    refusal: (choice, text) => textOf('refusal', choice, text),
    reasoning: (choice, text, origin) => {
      if (text === '') return
      const state = stateOf(choice)
      // Text is not split by late thought: clients would see many tiny blocks.
      if (state.open && state.open.kind !== 'reasoning') {
        state.heldReasoning += text
        state.heldOrigin = origin
        return
      }
      emit({ type: 'part-delta', index: openReasoning(state, choice, origin).index, text })
    },
    signature: (choice, signature, origin) => {
      const state = stateOf(choice)
      sendHeldReasoning(state, choice)
      emit({ type: 'part-delta', index: openReasoning(state, choice, origin).index, signature })
      end(state)
    },
    redacted: (choice, data, origin) => {
      const state = stateOf(choice)
      makeRoom(state, choice)
      start(
        state,
        choice,
        'reasoning',
        origin
          ? { type: 'reasoning', redacted: data, origin }
          : { type: 'reasoning', redacted: data },
      )
      end(state)
    },
    whole: (choice, part) => {
      const state = stateOf(choice)
      makeRoom(state, choice)
      emit({ type: 'part-start', index: nextIndex, choice, part })
      emit({ type: 'part-end', index: nextIndex })
      nextIndex += 1
    },
    citation: (choice, citation) => {
      const state = stateOf(choice)
      if (state.open?.kind !== 'text') {
        makeRoom(state, choice)
        start(state, choice, 'text', { type: 'text' })
      }
      if (state.open) emit({ type: 'part-delta', index: state.open.index, citation })
    },
    logprobs: (choice, logprobs) => {
      const state = stateOf(choice)
      if (state.open && !state.open.tool)
        emit({ type: 'part-delta', index: state.open.index, logprobs })
    },
    tool: (choice, key, piece) => {
      const state = stateOf(choice)
      let tool = state.tools.get(key)
      if (!tool) {
        tool = {
          id: '',
          name: '',
          arguments: '',
          sent: 0,
          kind: piece.kind ?? 'function',
          extensions: undefined,
          isClosed: false,
          index: -1,
        }
        state.tools.set(key, tool)
        state.waiting.push(tool)
      }
      if (tool.isClosed) return
      if (tool.index < 0) {
        if (piece.kind) tool.kind = piece.kind
        if (piece.id) tool.id = piece.id
        if (piece.name) tool.name = piece.name
        if (piece.extensions) tool.extensions = piece.extensions
      }
      tool.arguments += piece.arguments ?? ''
      if (state.open?.tool === tool) sendArguments(tool)
      else flushWaiting(state, choice, false)
    },
    hasTools: (choice) => (choices.get(choice)?.tools.size ?? 0) > 0,
    close: () => {
      for (const [choice, state] of choices) {
        while (state.waiting.length > 0) {
          makeRoom(state, choice)
          const tool = state.waiting.shift()
          if (tool) openTool(state, choice, tool)
        }
        makeRoom(state, choice)
      }
    },
  }
}
