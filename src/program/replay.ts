import { FormatError } from '../io/safetensors.ts'
import type { Activation, Builder, Call, DenseOptions, Register } from './builder.ts'

/** The register of an index in a file; throws where there is none yet. */
type Written = (index: unknown) => Register

/** Writes an op that is no method of `Builder`, from what a file says of it. */
export type OtherOp = (builder: Builder, register: Written, ...args: readonly unknown[]) => Register
export type OtherOps = ReadonlyMap<string, OtherOp>

/**
 * Writes a program from recorded calls, as a model file holds them: the Builder's own checks run on every argument, and
 * whatever is not a call throws FormatError. Returns the register the last call wrote. `ops`: what may be called besides.
 */
export function replay(builder: Builder, calls: readonly Call[], ops?: OtherOps): Register {
  const written = new Map<number, Register>([[0, builder.state]])
  const register: Written = (index) => {
    const found = written.get(index as number)
    if (found === undefined) throw new RangeError(`register ${String(index)} is not written before it is read`)
    return found
  }
  let last = builder.state
  for (const [i, call] of calls.entries()) {
    try {
      last = one(builder, call, register, ops?.get(call[0]))
    } catch (error) {
      throw new FormatError(`call ${i} of the block's program: ${(error as Error).message}`)
    }
    written.set(last.index, last)
  }
  return last
}

function one(builder: Builder, [method, a, b, c]: Call, register: Written, other: OtherOp | undefined): Register {
  switch (method) {
    case 'dense':
      return builder.dense(register(a), b as number, denseOptions(c))
    case 'activate':
      return builder.activate(register(a), b as Activation)
    case 'add':
    case 'mul':
    case 'concat':
      return builder[method](register(a), register(b))
    case 'scale':
      return builder.scale(register(a), b as number)
    case 'slice':
      return builder.slice(register(a), b as number, c as number)
    case 'time':
    case 'input':
    case 'inputRate':
      return builder[method](a as number)
    default:
      if (other === undefined) throw new RangeError(`there is no op ${JSON.stringify(method)}`)
      return other(builder, register, a, b, c)
  }
}

function denseOptions(value: unknown): DenseOptions {
  if (typeof value !== 'object' || value === null) throw new RangeError('options must be an object')
  const { activation, bias, name } = value as Record<string, unknown>
  if (bias !== undefined && typeof bias !== 'boolean') throw new RangeError('bias must be true or false')
  if (name !== undefined && typeof name !== 'string') throw new RangeError('name must be a text')
  // An option that is undefined is one that is not there.
  return { activation, bias, name } as DenseOptions
}
