/** Ops that take a row together, beside those that every `Builder` has: what flows are made of. */

import * as abi from '../../assembly/abi.ts'
import type { Builder, Register } from './builder.ts'
import type { OtherOp, OtherOps } from './replay.ts'

/** The core takes rows in whole vectors. */
const LANES = 4

/** Can rows of this width be taken together? */
export const wholeRows = (width: number): boolean => width % LANES === 0

function checkRows(width: number): void {
  if (!wholeRows(width)) throw new RangeError(`width must be a multiple of ${LANES}, got ${width}`)
}

/** The inner products of the rows of two registers, a column, summed in double precision. Their width is a multiple of 4. */
export function inner(p: Builder, x: Register, y: Register): Register {
  p.calls.push(['inner', p.indexOf(x), p.indexOf(y)])
  if (x.width !== y.width) throw new RangeError(`operands must have one width, got ${x.width} and ${y.width}`)
  checkRows(x.width)
  return p.op(1, { code: abi.OP_INNER, a: x.index, b: y.index })
}

/** The rows of y, each times its value in a column x. Their width is a multiple of 4. */
export function outer(p: Builder, x: Register, y: Register): Register {
  p.calls.push(['outer', p.indexOf(x), p.indexOf(y)])
  if (x.width !== 1) throw new RangeError(`x must be a column, got width ${x.width}`)
  checkRows(y.width)
  return p.op(y.width, { code: abi.OP_OUTER, a: x.index, b: y.index })
}

/** For model files: these ops by the names under which a program records them. */
export const rowOps: OtherOps = new Map<string, OtherOp>([
  ['inner', (p, register, x, y) => inner(p, register(x), register(y))],
  ['outer', (p, register, x, y) => outer(p, register(x), register(y))],
])
