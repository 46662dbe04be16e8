/** A task's state as one buffer: numbers as JSON, and the checkpoints of its trainings one after the other. */

import { FormatError } from '../../index.ts'

export function joinState(state: object, parts: readonly Uint8Array[]): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify({ state, lengths: parts.map(({ length }) => length) }))
  const whole = new Uint8Array(4 + header.length + parts.reduce((sum, { length }) => sum + length, 0))
  new DataView(whole.buffer).setUint32(0, header.length, true)
  let at = 4
  for (const part of [header, ...parts]) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Reads it back. Throws FormatError unless it holds `count` checkpoints. */
export function splitState<S>(bytes: Uint8Array, count: number): { readonly state: S; readonly parts: Uint8Array[] } {
  const damaged = new FormatError(`the state of the task must hold ${count} trainings: it is damaged, start afresh`)
  if (bytes.length < 4) throw damaged
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  let header: { state?: S; lengths?: unknown }
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as typeof header
  } catch {
    throw damaged
  }
  const { state, lengths } = header
  if (typeof state !== 'object' || !Array.isArray(lengths) || lengths.length !== count) throw damaged
  const parts: Uint8Array[] = []
  let at = 4 + length
  for (const size of lengths as number[]) {
    parts.push(bytes.subarray(at, at + size))
    at += size
  }
  if (at !== bytes.length) throw damaged
  return { state, parts }
}
