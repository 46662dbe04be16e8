/** The state of an unfinished run as one safetensors file: results of the tasks that are done, and where the current one is. */

import { FormatError, type Tensor } from '../index.ts'
import { decode, encode } from '../io/safetensors.ts'
import { InputError } from './errors.ts'
import { type FitSettings, showSetting } from './settings.ts'
import type { Phase, Result } from './tasks.ts'

export const CHECKPOINT_KEY = 'relode-run'
const FORMAT = 1

/** What a run must have in common with a checkpoint to go on from it. */
export interface Identity {
  readonly version: string
  readonly data: string
  readonly settings: FitSettings
}

export interface RunState {
  readonly done: readonly Result[]
  /** The fit that comes after them: its own checkpoint, and the phases it has begun. */
  readonly current?: { readonly bytes: Uint8Array; readonly phases: readonly Phase[] }
}

const vector = (data: Float32Array | Float64Array): Tensor => ({
  dtype: data instanceof Float32Array ? 'F32' : 'F64',
  shape: [data.length],
  data,
})

export function encodeRun(identity: Identity, { done, current }: RunState): Uint8Array {
  const tensors = new Map<string, Tensor>()
  const metadata = new Map<string, string>()
  for (const [i, { parameters, initial, history }] of done.entries()) {
    tensors.set(`${i}.parameters`, vector(parameters))
    tensors.set(`${i}.initial`, vector(initial))
    tensors.set(`${i}.history`, vector(Float64Array.from(history)))
  }
  if (current !== undefined) {
    const inner = decode(current.bytes)
    for (const [name, tensor] of inner.tensors) tensors.set(`current.${name}`, tensor)
    for (const [key, text] of inner.metadata) metadata.set(`current.${key}`, text)
  }
  const results = done.map(({ loss, nfe, phases }) => ({ loss, nfe, phases }))
  metadata.set(CHECKPOINT_KEY, JSON.stringify({ format: FORMAT, ...identity, results, phases: current?.phases ?? [] }))
  return encode(tensors, metadata)
}

/**
 * Reads a checkpoint for a run of this identity.
 *
 * @throws InputError naming the setting that differs; FormatError for a damaged file
 */
export function decodeRun(bytes: Uint8Array, identity: Identity): RunState {
  const { tensors, metadata } = decode(bytes, { maxHeader: 2 ** 30 })
  const { results, phases: begun, ...found } = describe(metadata.get(CHECKPOINT_KEY))
  compare(found, identity)
  if (!Array.isArray(results) || !isPhases(begun)) throw new FormatError('the lists of the checkpoint are damaged')
  const done = results.map((entry: unknown, i): Result => {
    const { loss, nfe, phases } = (entry ?? {}) as Partial<Result>
    const [parameters, initial, history] = ['parameters', 'initial', 'history'].map(
      (name) => tensors.get(`${i}.${name}`)?.data,
    )
    const complete = parameters !== undefined && initial !== undefined && history !== undefined
    if (!complete || typeof loss !== 'number' || typeof nfe !== 'number' || !isPhases(phases)) {
      throw new FormatError(`result ${i} of the checkpoint is damaged`)
    }
    return { parameters, initial, history: [...history], phases, loss, nfe }
  })
  const inner = new Map([...tensors].flatMap(([name, tensor]) => unprefixed(name, tensor)))
  const texts = new Map([...metadata].flatMap(([key, text]) => unprefixed(key, text)))
  return inner.size === 0 ? { done } : { done, current: { bytes: encode(inner, texts), phases: begun } }
}

function isPhases(value: unknown): value is readonly Phase[] {
  const isPhase = (entry: unknown): boolean => {
    const { from, window } = (entry ?? {}) as Phase
    return Number.isInteger(from) && Number.isInteger(window)
  }
  return Array.isArray(value) && value.every(isPhase)
}

function unprefixed<T>(name: string, value: T): [string, T][] {
  return name.startsWith('current.') ? [[name.slice('current.'.length), value]] : []
}

function describe(text: string | undefined): Partial<Identity> & { results?: unknown; phases?: unknown } {
  if (text === undefined) throw new FormatError('the file is not a checkpoint of `relode fit`')
  try {
    const { format, ...rest } = JSON.parse(text) as Record<string, unknown>
    if (format === FORMAT) return rest
  } catch {
    throw new FormatError('the description of the run is not JSON')
  }
  throw new FormatError('the checkpoint is of another format version')
}

function compare(found: Partial<Identity>, { version, data, settings }: Identity): void {
  const cure = 'pass the same, or --force to start over'
  if (found.version !== version) {
    throw new InputError(
      `cannot resume: the checkpoint is of relode ${found.version}, this is ${version}: --force starts over`,
    )
  }
  const other = (found.settings ?? {}) as Readonly<Record<string, unknown>>
  for (const [name, value] of Object.entries(settings)) {
    if (JSON.stringify(other[name]) === JSON.stringify(value)) continue
    const [was, is] = [showSetting(name, other[name]), showSetting(name, value)]
    throw new InputError(`cannot resume: the checkpoint was made with ${was}, this run has ${is}: ${cure}`)
  }
  if (found.data !== data)
    throw new InputError(`cannot resume: the data is not what the checkpoint was made with: ${cure}`)
}
