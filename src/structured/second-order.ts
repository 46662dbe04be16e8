import { checkInt } from '../core/check.ts'
import type { Builder, Register } from '../program/builder.ts'
import { Field, type FieldOptions } from '../program/field.ts'

/**
 * A second-order equation q'' = a(q, q', t) as a field for any solver: the state is [q | v], q' = v, v' = a.
 *
 * ```ts
 * const pendulum = secondOrder(1, (p, q, v) => p.add(p.scale(p.activate(q, 'sin'), -1), p.scale(v, -0.1)))
 * ```
 * @param dim components of q; the field is twice as wide
 * @param write writes the program of a, from the registers of q and v, and returns its register, as wide as q
 */
export function secondOrder(
  dim: number,
  write: (program: Builder, q: Register, v: Register) => Register,
  options: FieldOptions = {},
): Field {
  checkInt('dim', dim, 1, 32768)
  return new Field(
    2 * dim,
    (p) => {
      const [q, v] = [p.slice(p.state, 0, dim), p.slice(p.state, dim, dim)]
      const a = write(p, q, v)
      if (a.width !== dim) throw new RangeError(`the acceleration must have width ${dim}, as q has, got ${a.width}`)
      return p.concat(v, a)
    },
    options,
  )
}
