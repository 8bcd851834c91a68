// Tells which call a piece belongs to. Servers name calls by index, by id, by both or by neither; some
// give every call index 0, some repeat the id in each piece, some use one id twice.

import { parseJson } from '../../core/json.ts'

export type ToolPlace = {
  readonly index: number | undefined
  /** Empty when the piece has none. */
  readonly id: string
  readonly name: string
  readonly arguments: string
}

export type ToolKeys = {
  /** The call of a piece, and the id to make known: empty where another call has it already. */
  find(piece: ToolPlace): { readonly key: number; readonly id: string }
}

type Known = {
  key: number
  wireId: string
  id: string
  name: string
  index?: number
  arguments: string
}

const isComplete = (call: Known): boolean =>
  call.arguments.trim() !== '' && parseJson(call.arguments) !== undefined

/** A second name means a second call, unless the server merely repeats itself. */
function beginsAnother(call: Known, piece: ToolPlace): boolean {
  if (piece.name === '' || call.name === '') return false
  if (piece.id !== '' && piece.id === call.wireId) return false
  if (piece.index === undefined && piece.id === '') return true
  if (piece.name !== call.name) return call.arguments !== '' || piece.arguments !== ''
  return piece.arguments !== '' && isComplete(call)
}

const mayBe = (call: Known, piece: ToolPlace): boolean =>
  (piece.index === undefined || call.index === undefined || call.index === piece.index) &&
  (piece.id === '' || call.wireId === '' || call.wireId === piece.id)

export function createToolKeys(): ToolKeys {
  const calls: Known[] = []

  const begin = (piece: ToolPlace): Known => {
    const isTaken = piece.id !== '' && calls.some(({ wireId }) => wireId === piece.id)
    const call: Known = {
      key: calls.length,
      wireId: piece.id,
      id: isTaken ? '' : piece.id,
      name: piece.name,
      ...(piece.index === undefined ? {} : { index: piece.index }),
      arguments: '',
    }
    calls.push(call)
    return call
  }

  const choose = (piece: ToolPlace): Known => {
    const near = calls.findLast((call) => mayBe(call, piece))
    if (near) return beginsAnother(near, piece) ? begin(piece) : near
    const named = calls.findLast(({ wireId }) => piece.id !== '' && wireId === piece.id)
    return named && piece.name === '' ? named : begin(piece)
  }

  return {
    find: (piece) => {
      const call = choose(piece)
      if (call.wireId === '' && piece.id !== '') {
        const isTaken = calls.some(({ wireId }) => wireId === piece.id)
        call.wireId = piece.id
        call.id = isTaken ? '' : piece.id
      }
      if (call.name === '') call.name = piece.name
      call.arguments += piece.arguments
      return call
    },
  }
}
