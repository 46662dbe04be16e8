/** Networks of every small shape on arbitrary samples, for the properties of the construction. */

import fc from 'fast-check'
import { approximate } from '../../src/theory/approximate.ts'
import { FORMS, type Form } from '../../src/theory/machine.ts'
import type { RCNet } from '../../src/theory/rcnet.ts'

export interface Case {
  readonly d: number
  readonly r: number
  readonly levels: number
  /** What f returns at the nodes, in the order of the path. */
  readonly samples: readonly number[]
  /** Points of [0, 1]^d, all multiples of 2^-20. */
  readonly points: readonly (readonly number[])[]
}

export const SHAPES: readonly { d: number; levels: number }[] = [1, 2, 3].flatMap((d) =>
  [1, 2, 3].map((levels) => ({ d, levels })),
)

const MAX_R = 30
const UNIT = 2 ** 20

/** One case for each r = 1..30; the same ones at every call. */
export function cases({ d, levels }: { readonly d: number; readonly levels: number }): Case[] {
  const many = { minLength: MAX_R, maxLength: MAX_R }
  const samples = fc.oneof(
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), many),
    fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), many),
    fc.array(fc.integer({ min: -2, max: 2 }), many),
    fc.integer({ min: -2, max: 2 }).map((value) => new Array<number>(MAX_R).fill(value)),
  )
  // Corners and faces of cells are where a construction like this would fail; halves and quarters lie on many of them.
  const coordinate = fc.oneof(
    fc.integer({ min: 0, max: UNIT }).map((k) => k / UNIT),
    fc.integer({ min: 0, max: 8 }).map((k) => k / 8),
  )
  const points = fc.array(fc.array(coordinate, { minLength: d, maxLength: d }), { minLength: 2, maxLength: 2 })
  return fc
    .sample(fc.tuple(samples, points), { seed: 100 * d + levels, numRuns: MAX_R })
    .map(([samples, points], i) => ({ d, r: i + 1, levels, samples, points }))
}

/** The forms of first order that a case can be compiled to. */
export function formsOf({ d, r }: Case): Form[] {
  return FORMS.filter((form) => form !== 'smooth' && (form !== 'interpolating' || (d === 1 && r > 1)))
}

export function networkOf({ d, r, levels, samples }: Case, form: Form): RCNet {
  let l = 0
  return approximate(() => samples[l++] as number, { d, r, levels, form })
}
