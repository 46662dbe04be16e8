import type { Dtype, Vector } from '../core/boundary.ts'
import { decode, encode, FormatError, type Tensor } from '../io/safetensors.ts'

/** The part of a training's state that is not a vector. */
export interface TrainingState {
  readonly epoch: number
  /** Optimizer steps done. */
  readonly step: number
  /** State of the random stream, eight words. */
  readonly stream: readonly number[]
  readonly optimizer: string
}

const KEY = 'relode-training'

/** Writes a training's state as a safetensors file. */
export function encodeCheckpoint(dtype: Dtype, blocks: ReadonlyMap<string, Vector>, state: TrainingState): Uint8Array {
  const tensors = new Map<string, Tensor>()
  for (const [name, data] of blocks) {
    tensors.set(name, { dtype: dtype === 'f32' ? 'F32' : 'F64', shape: [data.length], data })
  }
  return encode(tensors, new Map([[KEY, JSON.stringify(state)]]))
}

/** Reads it back: the blocks are the tensors of that precision. Throws FormatError on anything unexpected. */
export function decodeCheckpoint(
  dtype: Dtype,
  bytes: Uint8Array,
): { blocks: Map<string, Vector>; state: TrainingState } {
  const { tensors, metadata } = decode(bytes)
  const text = metadata.get(KEY)
  if (text === undefined)
    throw new FormatError(`the file has no metadata entry "${KEY}": it is not a checkpoint of a training`)
  let state: Partial<TrainingState>
  try {
    state = JSON.parse(text) as Partial<TrainingState>
  } catch {
    throw new FormatError(`the metadata entry "${KEY}" is not JSON`)
  }
  const { epoch, step, stream, optimizer } = state ?? {}
  const counts = [epoch, step].every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
  const words = Array.isArray(stream) && stream.length === 8 && stream.every((w) => Number.isInteger(w))
  if (!counts || !words || typeof optimizer !== 'string') throw new FormatError('the state of the training is damaged')
  const blocks = new Map<string, Vector>()
  for (const [name, tensor] of tensors) {
    if (tensor.dtype === dtype.toUpperCase()) blocks.set(name, tensor.data)
  }
  return { blocks, state: { epoch, step, stream, optimizer } as TrainingState }
}
