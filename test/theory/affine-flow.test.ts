import { describe, expect, test } from 'vitest'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { dopri8 } from '../../src/tableaus/dopri8.ts'
import { affineFlow } from '../../src/theory/affine-flow.ts'
import { scatter } from '../support/gradients.ts'
import { network, reluProblems } from '../support/relu-problems.ts'
import { uniform } from '../support/vectors.ts'

/** The largest difference, relative to 1 + |y|. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (v, i) => Math.abs(v - (b[i] as number)) / (1 + Math.abs(b[i] as number))))
}

describe.each(Object.entries(reluProblems))('%s', (_, { field, y0, t1, y1, kinks }) => {
  test('the end and the kinks, to 1e-14', () => {
    const flow = affineFlow(field(), y0, [0, t1])
    expect(distance(flow.y, y1)).toBeLessThan(1e-14)
    expect(flow.crossings.map(({ unit, row, on }) => [unit, row, on])).toEqual(kinks.map(([, u, on]) => [u, 0, on]))
    expect(
      distance(
        flow.crossings.map(({ t }) => t),
        kinks.map(([t]) => t),
      ),
    ).toBeLessThan(1e-14)
    expect(flow.pieces).toBe(kinks.length + 1)
  })

  test('and back', () => {
    const back = affineFlow(field(), y1, [t1, 0])
    // y1 is rounded, and what is near decays forward.
    expect(distance(back.y, y0)).toBeLessThan(1e-12)
    expect(back.crossings.map(({ unit, on }) => [unit, on])).toEqual([...kinks].reverse().map(([, u, on]) => [u, !on]))
  })
})

/** W2 relu(W1 y + b1) - y: written with a Builder, affine beside its units. */
function damped(d: number, h: number, seed: number): Field {
  const field = new Field(
    d,
    (p) => p.add(p.dense(p.dense(p.state, h, { activation: 'relu' }), d, { bias: false }), p.scale(p.state, -1)),
    { dtype: 'f64' },
  )
  const [w1, b1, w2] = [scatter(d * h, seed), scatter(h, seed + 1), scatter(d * h, seed + 2)]
  field.parameters = [
    ...w1.map((v) => v * Math.sqrt(6 / d)),
    ...b1.map((v) => (v * Math.sqrt(3)) / 2),
    ...w2.map((v) => v * Math.sqrt(3 / h)),
  ]
  return field
}

/** dopri8 in steps so short that their error is rounding, which end at the kinks and at the outputs. */
function reference(
  field: Field,
  y0: readonly number[],
  ts: readonly number[],
  kinks: readonly number[],
): Float64Array[] {
  const options = { solver: dopri8, rtol: 1e-13, atol: 1e-13, dtMax: 0.004, tStops: [...kinks, ...ts], dense: false }
  return odeint(field, y0, ts, options).ys as Float64Array[]
}

describe('networks without structure', () => {
  test.each([1, 2, 3, 4, 5, 17, 32])('of %i components: as dopri8 with the kinks told', (d) => {
    for (const h of [1, 3, 5, 17, 64]) {
      for (const backward of [false, true]) {
        const field = damped(d, h, 10 * d + h)
        const y0 = [...scatter(d, 7)]
        const ts = backward ? [0, -0.3, -0.5] : [0, 0.7, 2]
        const flow = affineFlow(field, y0, ts)
        const wanted = reference(
          field,
          y0,
          ts,
          flow.crossings.map(({ t }) => t),
        )
        for (const [i, y] of flow.ys.entries()) expect(distance(y, wanted[i] as Float64Array)).toBeLessThan(1e-14)
        field.dispose()
      }
    }
  })

  test('a kink that is told and one that is not: the times are where the field bends', () => {
    const [field, y0] = [damped(4, 64, 1), [1, -0.5, 0.3, 0.2]]
    const { crossings, y } = affineFlow(field, y0, [0, 2])
    expect(crossings.length).toBeGreaterThan(5)
    const blind = reference(field, y0, [0, 2], [])[1] as Float64Array
    expect(distance(blind, y)).toBeGreaterThan(1e-13)
    expect(distance(blind, y)).toBeLessThan(1e-7)
  })

  // Small integers: units that start at zero, cross together, touch, lie on each other or do nothing.
  test('of small integers, in both directions', () => {
    const next = uniform(77)
    const integers = (n: number): number[] => Array.from({ length: n }, () => Math.floor(5 * next()) - 2)
    for (let i = 0; i < 300; i++) {
      const [d, h] = [1 + Math.floor(4 * next()), 1 + Math.floor(6 * next())]
      const field = network([d, h, d], integers(d * h + h + d * h + d))
      const [y0, t1] = [integers(d), next() < 0.5 ? -1.5 : 1.5]
      const flow = affineFlow(field, y0, [0, t1])
      const times = flow.crossings.map(({ t }) => t)
      expect(flow.pieces).toBe(new Set(times).size + 1)
      const [, wanted] = reference(field, y0, [0, t1], times) as [Float64Array, Float64Array]
      // What is large grew from what is small, and its roundings with it.
      const size = 1 + Math.max(...wanted.map(Math.abs))
      for (const [j, y] of flow.y.entries()) expect(Math.abs(y - (wanted[j] as number)) / size).toBeLessThan(1e-13)
      field.dispose()
    }
  })

  test('forward and back again', () => {
    for (let seed = 0; seed < 20; seed++) {
      const field = damped(3, 17, seed)
      const y0 = [...scatter(3, seed)]
      const { y, crossings } = affineFlow(field, y0, [0, 1])
      const back = affineFlow(field, y, [1, 0])
      expect(distance(back.y, y0)).toBeLessThan(1e-12)
      expect(back.crossings.map(({ unit }) => unit)).toEqual(crossings.map(({ unit }) => unit).reverse())
    }
  })
})

describe('closed forms of one unit', () => {
  test("y' = a relu(y) + c, before and behind the kink", () => {
    for (const [a, c] of [
      [-1, 1],
      [0.5, 2],
      [-3, 0.25],
      [2, 1e-3],
    ] as const) {
      const start = -1
      const t1 = -start / c + 1.5
      const { y, crossings } = affineFlow(network([1, 1, 1], [1, 0, a, c]), [start], [0, t1])
      expect(crossings).toHaveLength(1)
      expect(Math.abs((crossings[0]?.t as number) * c - 1)).toBeLessThan(1e-14)
      expect(distance(y, [(c / a) * Math.expm1(a * (t1 + start / c))])).toBeLessThan(1e-12)
    }
  })

  test('leaky units', () => {
    const field = new MLP([1, 1, 1], { activation: 'leaky_relu', dtype: 'f64' })
    // y' = leaky(y) + 1 from -1: below 0 its slope is 0.01.
    field.parameters = [1, 0, 1, 1]
    const { y, crossings } = affineFlow(field, [-1], [0, 2])
    const kink = Math.log(1 / (1 - 0.01)) / 0.01
    expect(
      distance(
        crossings.map(({ t }) => t),
        [kink],
      ),
    ).toBeLessThan(1e-14)
    expect(distance(y, [Math.expm1(2 - kink)])).toBeLessThan(1e-14)
  })

  test('a long way costs no more than it must', () => {
    const { y, stats } = affineFlow(network([1, 1, 1], [1, 0, -1, 1]), [-1], [0, 1e9])
    expect(Math.abs((y[0] as number) - 1)).toBeLessThan(1e-15)
    expect(stats.steps).toBeLessThan(20)
  })
})

describe('times, rows, precisions', () => {
  const field = damped(3, 17, 4)
  const y0 = [0.4, -0.8, 0.2]

  test('repeated times, one time, none to go', () => {
    const flow = affineFlow(field, y0, [0, 0, 0.5, 0.5, 1])
    expect(flow.ys[0]).toEqual(Float64Array.from(y0))
    expect(flow.ys[1]).toEqual(flow.ys[0])
    expect(flow.ys[3]).toEqual(flow.ys[2])
    expect(flow.ts).toEqual(Float64Array.of(0, 0, 0.5, 0.5, 1))
    for (const ts of [[2], [2, 2]]) {
      const still = affineFlow(field, y0, ts)
      expect(still.ys).toEqual(ts.map(() => Float64Array.from(y0)))
      expect([still.crossings, still.pieces, still.t]).toEqual([[], 1, 2])
    }
  })

  test('at and derivativeAt: the outputs, bit for bit, and the field', () => {
    const ts = [0, 0.25, 0.5, 1]
    const flow = affineFlow(field, y0, ts)
    for (const [i, t] of ts.entries()) {
      expect(flow.at(t)).toEqual(flow.ys[i])
      expect(distance(flow.derivativeAt(t), field.forward(flow.at(t)))).toBeLessThan(1e-14)
    }
    // The time of a start does not matter.
    const later = affineFlow(field, y0, [5, 5.25])
    expect(later.y).toEqual(flow.ys[1])
    expect(() => flow.at(1.1)).toThrow('t must lie in [0, 1], got 1.1')
    expect(() => flow.derivativeAt(Number.NaN)).toThrow('t must lie in [0, 1], got NaN')
  })

  test.each([0, 1, 3, 5, 17])('%i rows: each has the bits it has alone', (batch) => {
    const states = scatter(3 * batch, 9)
    const flow = affineFlow(field, states, [0, 0.5, 1.5])
    const alone = Array.from({ length: batch }, (_, r) =>
      affineFlow(field, states.slice(3 * r, 3 * r + 3), [0, 0.5, 1.5]),
    )
    for (const [i, y] of flow.ys.entries()) expect([...y]).toEqual(alone.flatMap(({ ys }) => [...(ys[i] ?? [])]))
    expect(flow.pieces).toBe(alone.reduce((sum, { pieces }) => sum + pieces, 0))
    const times = flow.crossings.map(({ t }) => t)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    for (const [row, { crossings }] of alone.entries())
      expect(flow.crossings.filter((c) => c.row === row)).toEqual(crossings.map((c) => ({ ...c, row })))
  })

  test('backward is forward with the negated field, bit for bit', () => {
    const negated = damped(3, 17, 4)
    const forward = new Field(
      3,
      (p) => p.add(p.dense(p.dense(p.state, 17, { activation: 'relu' }), 3, { bias: false }), p.state),
      { dtype: 'f64' },
    )
    forward.parameters = negated.parameters.map((v, i) => (i < 3 * 17 + 17 ? v : -v))
    const [a, b] = [affineFlow(negated, y0, [0, -1]), affineFlow(forward, y0, [0, 1])]
    expect(a.y).toEqual(b.y)
    expect(a.crossings).toEqual(b.crossings.map((c) => ({ ...c, t: -c.t })))
  })

  test('f32 is widened', () => {
    const narrow = new MLP([3, 5, 3], { seed: 2 })
    const wide = new MLP([3, 5, 3], { dtype: 'f64' })
    wide.parameters = Float64Array.from(narrow.parameters)
    const y32 = Float32Array.from(y0)
    const [a, b] = [affineFlow(narrow, y32, [0, 3]), affineFlow(wide, Float64Array.from(y32), [0, 3])]
    expect(a.y).toBeInstanceOf(Float64Array)
    expect(a.y).toEqual(b.y)
  })
})
