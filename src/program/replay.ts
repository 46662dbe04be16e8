import { FormatError } from '../io/safetensors.ts'
import type { Activation, Builder, Call, DenseOptions, Register } from './builder.ts'

/**
 * Writes a program from recorded calls, as a model file holds them: the Builder's own checks run on every argument, and
 * whatever is not a call throws FormatError. Returns the register the last call wrote.
 */
export function replay(builder: Builder, calls: readonly Call[]): Register {
  const written = new Map<number, Register>([[0, builder.state]])
  let last = builder.state
  for (const [i, call] of calls.entries()) {
    try {
      last = one(builder, call, (index) => {
        const register = written.get(index as number)
        if (register === undefined) throw new RangeError(`register ${String(index)} is not written before it is read`)
        return register
      })
    } catch (error) {
      throw new FormatError(`call ${i} of the block's program: ${(error as Error).message}`)
    }
    written.set(last.index, last)
  }
  return last
}

function one(builder: Builder, [method, a, b, c]: Call, register: (index: unknown) => Register): Register {
  switch (method) {
    case 'dense':
      return builder.dense(register(a), b as number, denseOptions(c))
    case 'activate':
      return builder.activate(register(a), b as Activation)
    case 'add':
      return builder.add(register(a), register(b))
    case 'mul':
      return builder.mul(register(a), register(b))
    case 'scale':
      return builder.scale(register(a), b as number)
    case 'concat':
      return builder.concat(register(a), register(b))
    case 'slice':
      return builder.slice(register(a), b as number, c as number)
    case 'time':
      return builder.time()
    case 'input':
    case 'inputRate':
      return builder[method](a as number)
    default:
      throw new RangeError(`there is no op ${JSON.stringify(method)}`)
  }
}

function denseOptions(value: unknown): DenseOptions {
  if (typeof value !== 'object' || value === null) throw new RangeError('options must be an object')
  const { activation, bias, name } = value as Record<string, unknown>
  if (bias !== undefined && typeof bias !== 'boolean') throw new RangeError('bias must be true or false')
  if (name !== undefined && typeof name !== 'string') throw new RangeError('name must be a text')
  return {
    ...(activation === undefined ? {} : { activation: activation as Activation }),
    ...(bias === undefined ? {} : { bias }),
    ...(name === undefined ? {} : { name }),
  }
}
