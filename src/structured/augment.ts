import { checkInt } from '../core/check.ts'
import { Block, type BlockOptions } from '../program/block.ts'
import type { Builder, Register } from '../program/builder.ts'

/**
 * A read-in that appends `extra` zeros to a row of `dim` numbers: an augmented neural ODE (Dupont, Doucet, Teh 2019). What is 0 in the
 * beginning gives the flow room to lift apart what it could not part in the plane. It has no parameters.
 *
 * ```ts
 * const model = new NeuralODE(new MLP([7, 32, 7]), { readIn: augment(2, 5), readOut: new Affine(7, 1) })
 * ```
 */
export function augment(dim: number, extra: number, options: Pick<BlockOptions, 'dtype'> = {}): Block {
  checkInt('dim', dim, 1, 65536)
  checkInt('extra', extra, 1, 65536 - dim)
  // A read-in sees the time 0, and 0 times that is 0 at any.
  return new Block(dim, dim + extra, (p) => p.concat(p.state, repeat(p, p.scale(p.time(), 0), extra)), options)
}

/** A column `times` times side by side, in a number of ops that grows with the logarithm. */
export function repeat(p: Builder, column: Register, times: number): Register {
  let [whole, power]: [Register | undefined, Register] = [undefined, column]
  for (let left = times; ; ) {
    if (left % 2 === 1) whole = whole === undefined ? power : p.concat(whole, power)
    left = Math.floor(left / 2)
    if (left === 0) return whole as Register
    power = p.concat(power, power)
  }
}
