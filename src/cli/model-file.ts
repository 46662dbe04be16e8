/** model.safetensors: a NeuralODE file whose metadata entry says how its states and times relate to the record. */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { backsolve, reversible } from '../adjoint/index.ts'
import { FormatError, NeuralODE } from '../index.ts'
import { decode } from '../io/safetensors.ts'
import { CHECKPOINT_KEY } from './checkpoint.ts'
import { InputError } from './errors.ts'
import { readBytes } from './files.ts'
import type { Errors, Rmse } from './report.ts'
import type { Column } from './scaling.ts'
import type { FitSettings } from './settings.ts'

const KEY = 'relode-series'
const FORMAT = 1
export const MODEL_NAME = 'model.safetensors'

/** One recorded trajectory, and where the fitted one starts. */
export interface KnownSeries {
  readonly id: string
  /** First and last time of the record. */
  readonly origin: number
  readonly end: number
  readonly rows: number
  /** The fitted state at `origin`. */
  readonly initial: readonly number[]
}

export interface Description {
  /** Name of the time column, and the field's unit of time in it. */
  readonly time: string
  readonly unit: number
  readonly columns: readonly Column[]
  readonly series: readonly KnownSeries[]
  /** What the model was fitted to, how, and how well. */
  readonly source: string
  readonly missing: number
  readonly settings: FitSettings
  readonly training: { readonly loss: number; readonly nfe: number }
  readonly errors: Errors
}

export function saveModel(node: NeuralODE, description: Description): Uint8Array {
  return node.save(new Map([[KEY, JSON.stringify({ format: FORMAT, ...description })]]))
}

export interface Loaded {
  readonly path: string
  readonly node: NeuralODE
  /** Absent in models that were not made by `relode fit`. */
  readonly description?: Description
}

/** Reads a model file, or model.safetensors in a folder. */
export function loadModel(given: string): Loaded {
  const path = existsSync(given) && statSync(given).isDirectory() ? join(given, MODEL_NAME) : given
  const bytes = readBytes(path)
  try {
    // Its header, which begins with a brace, follows eight bytes with its length.
    if (bytes[8] !== 0x7b) throw new FormatError('it is no safetensors file')
    const { metadata } = decode(bytes)
    if (metadata.has(CHECKPOINT_KEY)) {
      throw new FormatError('it is the checkpoint of an unfinished fit: finish it with --resume')
    }
    const node = NeuralODE.from(bytes, backsolve, reversible)
    const text = metadata.get(KEY)
    return text === undefined ? { path, node } : { path, node, description: parse(text, node.field.dim) }
  } catch (error) {
    if (error instanceof FormatError) throw new InputError(`${path} is not a model that can be read: ${error.message}`)
    throw error
  }
}

/** The metadata of a file is hostile until checked. What is only shown, such as the settings, is taken as it is. */
function parse(text: string, dim: number): Description {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new FormatError(`the metadata entry "${KEY}" is not JSON`)
  }
  const { format, ...rest } = (value ?? {}) as Description & { format: unknown }
  if (format !== FORMAT)
    throw new FormatError(`the description of the record has format ${String(format)}, expected ${FORMAT}`)
  const checks: readonly (readonly [string, boolean])[] = [
    ['time', typeof rest.time === 'string'],
    ['unit', isNumber(rest.unit) && rest.unit > 0],
    ['columns', isList(rest.columns) && rest.columns.length === dim && rest.columns.every(isColumn)],
    ['series', isList(rest.series) && rest.series.length > 0 && rest.series.every((entry) => isSeries(entry, dim))],
    ['settings', isSettings(rest.settings)],
    ['errors', isRmse(rest.errors?.fit) && (rest.errors.forecast === undefined || isRmse(rest.errors.forecast))],
    ['training', isNumber(rest.training?.loss) && isNumber(rest.training.nfe)],
  ]
  const bad = checks.find(([, good]) => !good)
  if (bad !== undefined) throw new FormatError(`"${bad[0]}" in the description of the record is damaged`)
  return rest
}

const isNumber = (value: unknown): value is number => Number.isFinite(value)
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

function isColumn(value: unknown): boolean {
  const { name, log, mean, sd } = (value ?? {}) as Column
  return typeof name === 'string' && typeof log === 'boolean' && isNumber(mean) && isNumber(sd) && sd > 0
}

function isSeries(value: unknown, dim: number): boolean {
  const { id, origin, end, initial } = (value ?? {}) as KnownSeries
  const start = isList(initial) && initial.length === dim && initial.every(isNumber)
  return typeof id === 'string' && isNumber(origin) && isNumber(end) && start
}

function isSettings(value: unknown): boolean {
  const { state, log, series } = (value ?? {}) as FitSettings
  return isList(state) && isList(log) && (series === null || typeof series === 'string')
}

function isRmse(value: unknown): boolean {
  const { columns, all } = (value ?? {}) as Rmse
  const isError = (error: unknown): boolean => error === null || isNumber(error)
  return typeof columns === 'object' && columns !== null && Object.values(columns).every(isError) && isError(all)
}
