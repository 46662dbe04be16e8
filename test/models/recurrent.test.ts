// Recurrent cells along irregular series: against their formulas, with gradients, missing values and files.

import { describe, expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { Recurrent, type RecurrentOptions } from '../../src/models/recurrent.ts'
import { Affine } from '../../src/program/affine.ts'
import { cfcCell, gruCell, odeRnnCell, rnnCell } from '../../src/program/cells.ts'
import type { Field, FieldOptions } from '../../src/program/field.ts'
import { ltcCell, randomWiring } from '../../src/program/ltc.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'
import { cfc, gru, ltc, odeRnn, type Reference, rnn } from '../support/reference-cells.ts'

const f64 = { dtype: 'f64' } as const
const [FEATURES, HIDDEN, LENGTH] = [2, 4, 5]
const WIDTH = 1 + FEATURES
const wiring = { ...randomWiring(FEATURES, HIDDEN, { density: 0.6, seed: 3 }) }

const cells: readonly (readonly [
  name: string,
  make: (options: FieldOptions) => Field,
  reference: (field: Field) => Reference,
])[] = [
  ['rnn', (options) => rnnCell(FEATURES, HIDDEN, { seed: 1, ...options }), rnn],
  ['gru', (options) => gruCell(FEATURES, HIDDEN, { seed: 2, ...options }), gru],
  ['ode-rnn', (options) => odeRnnCell(FEATURES, HIDDEN, { steps: 2, seed: 3, ...options }), odeRnn],
  ['cfc', (options) => cfcCell(FEATURES, HIDDEN, { backbone: 6, seed: 4, ...options }), cfc],
  ['ltc', (options) => ltcCell(FEATURES, HIDDEN, { wiring, seed: 5, ...options }), (field) => ltc(field, wiring)],
]

/** Irregular series, [batch, LENGTH, WIDTH]: times that differ, one value in four missing, and in every third row of the batch no last row. */
function series(batch: number, seed = 0): Float64Array {
  const x = scatter(batch * LENGTH * WIDTH, seed)
  return x.map((v, i) => {
    const [row, step, column] = [Math.floor(i / (LENGTH * WIDTH)), Math.floor(i / WIDTH) % LENGTH, i % WIDTH]
    if (row % 3 === 2 && step === LENGTH - 1) return Number.NaN
    if (column === 0) return 0.1 + Math.abs(v)
    return (i * 7 + seed) % 4 === 0 || (step === 2 && row % 2 === 0) ? Number.NaN : v
  })
}

/** The states after every row of one series by a formula, from zeros; a row that is not there is passed over. */
function along(step: Reference, x: ArrayLike<number>, backward = false): number[][] {
  const states: number[][] = []
  let h = new Array<number>(HIDDEN).fill(0)
  for (let k = 0; k < LENGTH; k++) {
    const read = backward ? LENGTH - 1 - k : k
    const values = Array.from({ length: FEATURES }, (_, j) => x[read * WIDTH + 1 + j] as number)
    const since = backward ? LENGTH - k : k
    const elapsed = since < LENGTH ? (x[since * WIDTH] as number) || 0 : 0
    if (elapsed > 0 || values.some((v) => !Number.isNaN(v))) h = step(h, { elapsed, values })
    states.push(h)
  }
  return states
}

const rowsOf = (x: ArrayLike<number>, batch: number): Float64Array[] =>
  Array.from({ length: batch }, (_, i) =>
    Float64Array.from(x).slice((i * x.length) / batch, ((i + 1) * x.length) / batch),
  )

describe.each(cells)('%s', (_, make, reference) => {
  test.each(['f32', 'f64'] as const)('follows its formula, %s', (dtype) => {
    using field = make({ dtype })
    const exact = reference(field)
    for (const batch of [1, 3, 5, 17]) {
      const x = series(batch, batch).map((v) => (dtype === 'f32' ? Math.fround(v) : v))
      const given = dtype === 'f32' ? Float32Array.from(x) : x
      const close = dtype === 'f32' ? 3e-6 : 1e-13
      for (const direction of ['forward', 'backward'] as const) {
        const wanted = rowsOf(x, batch).map((own) => along(exact, own, direction === 'backward'))
        const last = new Recurrent(field, { length: LENGTH, direction }).forward(given)
        expect(
          relative(
            last,
            wanted.flatMap((states) => states.at(-1) as number[]),
          ),
        ).toBeLessThan(close)
        const all = new Recurrent(field, { length: LENGTH, direction, output: 'all' }).forward(given)
        const flat = Array.from({ length: LENGTH }, (_, k) => wanted.flatMap((states) => states[k] as number[])).flat()
        expect(relative(all, flat)).toBeLessThan(close)
      }
    }
  })

  test.each<[string, Omit<RecurrentOptions, 'length'>]>([
    ['the last state', {}],
    ['all states', { output: 'all' }],
    ['backward', { direction: 'backward' }],
    [
      'all states, backward, hardly any memory',
      { output: 'all', direction: 'backward', adjoint: checkpoint({ budget: 1 }) },
    ],
  ])('gradients are those of differences: %s', (__, options) => {
    using field = make(f64)
    using readOut = new Affine(HIDDEN, 3, { ...f64, seed: 6, activation: 'tanh' })
    const model = new Recurrent(field, { length: LENGTH, readOut, ...options })
    for (const batch of [1, 3, 5, 17]) {
      const x = series(batch, batch)
      const [y, pullback] = vjp(model, x)
      expect(y).toEqual(model.forward(x))
      const dy = scatter(y.length, 7)
      const { dx, dparams, dt } = pullback(dy)
      expect(pullback(dy).dparams).toEqual(dparams)
      pullback.dispose()
      expect(dt).toHaveLength(0)
      // What is missing stays so, whatever is added to it.
      const byX = differences((there) => inner(dy, model.forward(there)), x)
      // An elapsed time that is not read, backward, has no part in it; nor has a value that is missing.
      expect(relative(dx, byX), 'dx').toBeLessThan(2e-8)
      if (batch > 3) continue
      const cellParameters = field.parameters as Float64Array
      const byCell = differences((p) => at(field, p, () => inner(dy, model.forward(x))), cellParameters)
      const byOut = differences(
        (p) => at(readOut, p, () => inner(dy, model.forward(x))),
        readOut.parameters as Float64Array,
      )
      expect(relative(dparams, [...byCell, ...byOut]), 'dparams').toBeLessThan(2e-8)
    }
  })

  test('a row of the batch has the bits that it has alone, and rows that are not there have none', () => {
    using field = make({})
    const model = new Recurrent(field, { length: LENGTH, output: 'all' })
    const x = Float32Array.from(series(17, 1))
    const together = model.forward(x)
    for (const [i, own] of rowsOf(x, 17).entries()) {
      const alone = model.forward(Float32Array.from(own))
      for (let k = 0; k < LENGTH; k++) {
        const [a, b] = [k * 17 + i, k].map((row) => row * HIDDEN) as [number, number]
        expect(together.slice(a, a + HIDDEN)).toEqual(alone.slice(b, b + HIDDEN))
      }
      // Three rows, and two of NaN behind them.
      const short = Float32Array.from(own.slice(0, 3 * WIDTH))
      const filled = Float32Array.from([...short, ...new Array<number>(2 * WIDTH).fill(Number.NaN)])
      const three = new Recurrent(field, { length: 3 }).forward(short)
      expect(new Recurrent(field, { length: LENGTH }).forward(filled)).toEqual(three)
    }
  })

  test('row by row is the same as all at once, to the bit', () => {
    using field = make({})
    const x = Float32Array.from(series(3, 2))
    const all = new Recurrent(field, { length: LENGTH, output: 'all' })
    const states = all.forward(x)
    let h = new Float32Array(3 * HIDDEN)
    for (let k = 0; k < LENGTH; k++) {
      const rows = [0, 1, 2].flatMap((i) => [...x.slice((i * LENGTH + k) * WIDTH, (i * LENGTH + k + 1) * WIDTH)])
      h = all.step(h, Float32Array.from(rows)) as Float32Array<ArrayBuffer>
      expect(h).toEqual(states.slice(k * 3 * HIDDEN, (k + 1) * 3 * HIDDEN))
    }
  })

  test('what another value that is missing would have been is not even seen by the gradient', () => {
    using field = make(f64)
    const model = new Recurrent(field, { length: LENGTH })
    const x = series(3, 5)
    const [, pullback] = vjp(model, x)
    const { dx } = pullback(scatter(3 * HIDDEN, 1))
    pullback.dispose()
    for (const [i, v] of x.entries()) if (Number.isNaN(v)) expect(dx[i]).toBe(0)
    expect(dx.filter((v) => v !== 0).length).toBeGreaterThan(10)
  })

  test('saved and read again, the bits are the same', () => {
    using field = make({})
    using readOut = new Affine(HIDDEN, 1, { seed: 2 })
    const model = new Recurrent(field, { length: LENGTH, readOut, output: 'all', direction: 'backward' })
    const again = Recurrent.from(model.save(new Map([['from', 'a test']])))
    const x = Float32Array.from(series(3, 6))
    expect(again.forward(x)).toEqual(model.forward(x))
    const third = Recurrent.from(again.save())
    expect(third.forward(x)).toEqual(model.forward(x))
    for (const block of third.parameters.blocks) block.dispose()
    expect(again.direction).toBe('backward')
    for (const block of again.parameters.blocks) block.dispose()
  })

  test('learns the sum of what it has seen, the same way twice', () => {
    const rows = 24
    const x = Float32Array.from(series(rows, 9))
    const y = rowsOf(x, rows).map((own) => {
      const seen = [...own].filter((v, i) => i % WIDTH === 1 && !Number.isNaN(v))
      return seen.reduce((a, b) => a + b, 0) / 3
    })
    const losses = [0, 1].map(() => {
      using field = make({})
      using readOut = new Affine(HIDDEN, 1, { seed: 3 })
      const model = new Recurrent(field, { length: LENGTH, readOut })
      return [...fit(model, { x, y }, { optimizer: adam({ lr: 0.03 }), epochs: 60, batchSize: 8 })].map(
        ({ loss }) => loss,
      )
    })
    expect(losses[1]).toEqual(losses[0])
    expect(losses[0]?.at(-1)).toBeLessThan(0.5 * (losses[0]?.[0] as number))
  })
})
