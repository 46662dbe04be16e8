import { OutOfMemoryError } from '../core/boundary.ts'
import { DisposedError, SolveError } from '../core/errors.ts'
import { FixedPointError } from '../equilibrium.ts'
import { FormatError } from '../io/safetensors.ts'
import type { Failure } from './messages.ts'

// By name: a structured clone of an error keeps neither its class nor what it tells.
const CLASSES: Readonly<Record<string, { readonly prototype: object }>> = {
  SolveError,
  FixedPointError,
  OutOfMemoryError,
  DisposedError,
  FormatError,
  RangeError,
  TypeError,
}

/** An error as a message. */
export function pack(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} }
  const { name, message } = error
  return { name, message, fields: { ...error } }
}

/** The error that a shard met, of its class, with the rows of the batch that the shard begins at `first` of. */
export function unpack({ name, message, fields }: Failure, first: number): Error {
  const own = { ...fields }
  if (typeof own['row'] === 'number' && own['row'] >= 0) own['row'] += first
  const error = Object.assign(new Error(inBatch(message, fields, first)), own)
  const { prototype } = CLASSES[name] ?? Error
  return Object.setPrototypeOf(error, prototype) as Error
}

function inBatch(message: string, fields: Failure['fields'], first: number): string {
  if (first === 0) return message
  const moved = message.replace(/\brow (\d+)/g, (_, row: string) => `row ${Number(row) + first}`)
  // The first row of a batch goes without its number.
  const { row, component } = fields
  return row === 0 ? moved.replace(`y[${component}]`, (at) => `${at} of row ${first}`) : moved
}
