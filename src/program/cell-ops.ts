/** Ops of recurrent cells, beside those that every `Builder` has: columns picked and summed, quotients, constants, layers again. */

import * as abi from '../../assembly/abi.ts'
import { setAllI32 } from '../core/boundary.ts'
import { checkInt, shown } from '../core/check.ts'
import type { Builder, DenseOptions, Op, Register } from './builder.ts'
import type { OtherOp, OtherOps } from './replay.ts'

function checkIndices(indices: readonly number[], count: number, below: number): void {
  if (!Array.isArray(indices)) throw new TypeError(`indices must be an array of numbers, got ${shown(indices)}`)
  checkInt('number of indices', indices.length, 1, 2 ** 22)
  if (indices.length !== count) throw new RangeError(`indices must hold ${count} numbers, got ${indices.length}`)
  for (const [j, i] of indices.entries()) checkInt(`indices[${j}]`, i, 0, below - 1)
}

/** Where the core finds the indices. */
function at(indices: readonly number[]): Pick<Op, 'place'> {
  const own = [...indices]
  return {
    place: (arena) => {
      const to = arena.bytes(4 * own.length)
      setAllI32(to, own)
      return to
    },
  }
}

/** Column j of the result is column indices[j] of x: columns in any order and any number; one column broadcast, for example. */
export function gather(p: Builder, x: Register, indices: readonly number[]): Register {
  checkIndices(indices, indices?.length, x.width)
  p.calls.push(['gather', p.indexOf(x), [...indices]])
  return p.op(indices.length, { code: abi.OP_GATHER, a: x.index, ...at(indices) })
}

/** Column i of the result, of `width`, is the sum of the columns j of x that have indices[j] = i: the transpose of `gather`. */
export function scatter(p: Builder, x: Register, indices: readonly number[], width: number): Register {
  checkInt('width', width, 1, 65536)
  checkIndices(indices, x.width, width)
  p.calls.push(['scatter', p.indexOf(x), [...indices], width])
  return p.op(width, { code: abi.OP_SCATTER, a: x.index, ...at(indices) })
}

/** x / y, elementwise. */
export function divide(p: Builder, x: Register, y: Register): Register {
  p.calls.push(['divide', p.indexOf(x), p.indexOf(y)])
  if (x.width !== y.width) throw new RangeError(`operands must have one width, got ${x.width} and ${y.width}`)
  return p.op(x.width, { code: abi.OP_DIVIDE, a: x.index, b: y.index })
}

/**
 * `width` parameters, the same for every row: act(b), where `name.bias` is b. By default uniform in +-1, without activation. It is a dense
 * layer of no columns.
 */
export function constants(p: Builder, width: number, options: Omit<DenseOptions, 'bias'> = {}): Register {
  return p.dense(p.slice(p.state, 0, 0), width, options)
}

/** x W^T + b once more with the parameters of the dense layer of this name, which is there already. An activation is an op of its own. */
export function again(p: Builder, x: Register, name: string): Register {
  p.calls.push(['again', p.indexOf(x), name])
  const [weight, bias] = ['weight', 'bias'].map((part) => p.parameters.find((own) => own.name === `${name}.${part}`))
  if (weight === undefined) throw new RangeError(`name must be that of a dense layer before this, got ${shown(name)}`)
  const [width, inputs] = weight.shape as readonly [number, number]
  if (inputs !== x.width) throw new RangeError(`layer ${name} reads ${inputs} columns, got ${x.width}`)
  return p.op(width, { code: abi.OP_DENSE, a: x.index, weight: weight.offset, bias: bias?.offset ?? -1 })
}

/** For model files: these ops by the names under which a program records them. */
export const columnOps: OtherOps = new Map<string, OtherOp>([
  ['gather', (p, register, x, indices) => gather(p, register(x), indices as number[])],
  ['scatter', (p, register, x, indices, width) => scatter(p, register(x), indices as number[], width as number)],
  ['again', (p, register, x, name) => again(p, register(x), name as string)],
  ['divide', (p, register, x, y) => divide(p, register(x), register(y))],
])
