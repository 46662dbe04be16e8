import { describe, expect, test } from 'vitest'
import { Field } from '../../src/program/field.ts'
import { affineFlow } from '../../src/theory/affine-flow.ts'
import { network } from '../support/relu-problems.ts'

/**
 * (y1, y2) turns with angular velocity 1, and one unit for each row (w1, w2, b) looks on: w y + b is known for all times. The
 * outputs of the units go nowhere but, by `effect`, to y3.
 */
function turning(units: readonly (readonly [number, number, number])[], effect = 0): Field {
  const h = units.length
  const field = new Field(
    3,
    (p) => p.add(p.dense(p.dense(p.state, h, { activation: 'relu' }), 3, { bias: false }), p.dense(p.state, 3)),
    { dtype: 'f64' },
  )
  const W = units.flatMap(([w1, w2]) => [w1, w2, 0])
  const V = [...new Array<number>(2 * h).fill(0), ...new Array<number>(h).fill(effect)]
  field.parameters = [...W, ...units.map(([, , b]) => b), ...V, 0, -1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
  return field
}

describe('nothing is overlooked', () => {
  test.each([0.5, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6])('a unit that looks out for 2 x %f, three times', (half) => {
    // cos t - cos half, which is half^2 / 2 high.
    const height = 2 * Math.sin(half / 2) ** 2
    const field = turning([[1, 0, height - 1]])
    const { crossings } = affineFlow(field, [0, -1, 0], [0, 18])
    const wanted = [0, 1, 2].flatMap((k) => [-half, half].map((side) => (2 * k + 0.5) * Math.PI + side))
    expect(crossings.map(({ on }) => on)).toEqual(wanted.map((_, i) => i % 2 === 0))
    // Rounding moves the height by some 1e-16 and with it the crossings.
    for (const [i, { t }] of crossings.entries())
      expect(Math.abs(t - (wanted[i] as number))).toBeLessThan(1e-14 + 1e-14 / half)
  })

  test('a hundred units, each with its own times', () => {
    const phases = Array.from({ length: 100 }, (_, i) => (i * 0.618) % 1)
    const units = phases.map((p): [number, number, number] => {
      const angle = 2 * Math.PI * p
      return [Math.cos(angle), Math.sin(angle), p - 0.5]
    })
    const { crossings, pieces } = affineFlow(turning(units), [1, 0, 0], [0, 6])
    // cos(t - angle) = 1/2 - p
    const wanted = phases
      .flatMap((p, unit) =>
        [-1, 1].flatMap((side) => {
          const t = 2 * Math.PI * p + side * Math.acos(0.5 - p)
          return [-1, 0, 1].map((k) => ({ t: t + 2 * Math.PI * k, unit }))
        }),
      )
      .filter(({ t }) => t > 0 && t < 6)
      .sort((a, b) => a.t - b.t)
    expect(crossings.map(({ unit }) => unit)).toEqual(wanted.map(({ unit }) => unit))
    for (const [i, { t }] of crossings.entries()) expect(Math.abs(t - (wanted[i]?.t as number))).toBeLessThan(1e-13)
    expect(pieces).toBe(wanted.length + 1)
  })
})

describe('near the start of a long way', () => {
  test('units that cross one shortly after the other are told apart', () => {
    // y' = 1, and units relu(y - b) that lead nowhere
    const at = [1e-12, 1e-8, 1e-8 + 1e-20, 0.1, 0.1 + 1e-14, 1, 1 + 1e-9, 1000]
    const h = at.length
    const field = network([1, h, 1], [...at.map(() => 1), ...at.map((b) => -b), ...at.map(() => 0), 1])
    for (const t1 of [2000, 1e9, 1e15]) {
      const { crossings } = affineFlow(field, [0], [0, t1])
      expect(crossings.map(({ unit }) => unit)).toEqual(at.map((_, i) => i))
      for (const [i, { t }] of crossings.entries()) expect(Math.abs(t / (at[i] as number) - 1)).toBeLessThan(3e-15)
    }
  })
})

describe('units at zero', () => {
  const on = ({ crossings }: { crossings: readonly { t: number; unit: number; on: boolean }[] }): unknown[] =>
    crossings.map((c) => [c.unit, c.on])

  test('together they change together', () => {
    // z, its copy, its multiples and its negative, all of which pass through zero at pi / 2 and 3 pi / 2.
    const units = [1, 1, 3, 0.1, -1, -7].map((k): [number, number, number] => [k, 0, 0])
    const flow = affineFlow(turning(units, 1), [1, 0, 0], [0, 6])
    const first = [0, 1, 2, 3, 4, 5].map((unit) => [unit, unit >= 4])
    const second = [0, 1, 2, 3, 4, 5].map((unit) => [unit, unit < 4])
    expect(on(flow)).toEqual([...first, ...second])
    expect(flow.pieces).toBe(3)
    expect(new Set(flow.crossings.map(({ t }) => t)).size).toBe(2)
    // y3' = 5.1 relu(cos t) + 8 relu(-cos t)
    expect(Math.abs((flow.y[2] as number) - (5.1 + 8 * 2 + 5.1 * (1 + Math.sin(6))))).toBeLessThan(1e-13)
  })

  test('a touch changes nothing, from either side', () => {
    // cos t - 1 and 1 - cos t, zero at 0, 2 pi, 4 pi.
    for (const start of [0, 0.3])
      for (const sign of [1, -1]) {
        const flow = affineFlow(turning([[sign, 0, -sign]]), [Math.cos(start), Math.sin(start), 0], [start, 14])
        expect(on(flow)).toEqual([])
        expect(flow.pieces).toBe(1)
      }
  })

  test('a passage with slope 0 is one', () => {
    // y1' = y2, y2' = y3, y3' = 1 from (-1/6, 1/2, -1): z = y1 = (t - 1)^3 / 6.
    const field = new Field(
      3,
      (p) => p.add(p.dense(p.dense(p.slice(p.state, 0, 1), 1, { activation: 'relu' }), 3), p.dense(p.state, 3)),
      { dtype: 'f64' },
    )
    field.parameters = [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    const flow = affineFlow(field, [-1 / 6, 0.5, -1], [0, 3])
    expect(on(flow)).toEqual([[0, true]])
    // As sharp as a root of third order can be.
    expect(Math.abs((flow.crossings[0]?.t as number) - 1)).toBeLessThan(1e-4)
    expect(Math.abs((flow.y[0] as number) - 8 / 6)).toBeLessThan(1e-14)
  })

  test('at the start: by the derivative, along the solve', () => {
    // y' = 1 + relu(y) from 0
    const field = network([1, 1, 1], [1, 0, 1, 1])
    const [forward, backward] = [affineFlow(field, [0], [0, 1]), affineFlow(field, [0], [0, -1])]
    expect(Math.abs((forward.y[0] as number) - Math.expm1(1))).toBeLessThan(1e-15)
    expect(backward.y[0]).toBe(-1)
    expect([on(forward), on(backward), forward.pieces, backward.pieces]).toEqual([[], [], 1, 1])
  })

  test('at the start, by the second derivative', () => {
    // z = cos t - 1 off, 1 - cos t on: y3' = relu(z)
    const ends = [1, -1].map((sign) => affineFlow(turning([[sign, 0, -sign]], 1), [1, 0, 0], [0, 3]).y[2] as number)
    expect(Math.abs(ends[0] as number)).toBeLessThan(1e-15)
    expect(Math.abs((ends[1] as number) - (3 - Math.sin(3)))).toBeLessThan(1e-14)
  })

  test('for good: nothing changes, whatever it would do', () => {
    // y1' = 3 relu(y1), y2' = 1 + 5 relu(y1) with y1 = 0, and the same unit the other way round.
    const field = network([2, 2, 2], [1, 0, -1, 0, 0, 0, 3, 2, 5, 7, 0, 1])
    for (const t1 of [2, -2]) {
      const flow = affineFlow(field, [0, 0.25], [0, t1])
      expect([...flow.y, flow.pieces, ...flow.crossings]).toEqual([0, t1 + 0.25, 1])
    }
    // Units without weights and bias stay at zero everywhere.
    const dead = affineFlow(network([1, 2, 1], [0, 1, 0, 0, 4, -1, 1]), [-1], [0, 2])
    expect(on(dead)).toEqual([[1, true]])
    expect(Math.abs((dead.y[0] as number) + Math.expm1(-1))).toBeLessThan(1e-15)
  })

  test('along a line that the flow stays on: rounding does not switch it', () => {
    // relu(y1 - y2) on y1 = y2, which turns with the rest: y' = (1, 1) (1 - y1) + (1, -1) relu(y1 - y2)
    const field = new Field(
      2,
      (p) =>
        p.add(
          p.dense(p.dense(p.state, 1, { activation: 'relu', bias: false }), 2, { bias: false }),
          p.dense(p.state, 2),
        ),
      { dtype: 'f64' },
    )
    field.parameters = [0.7, -0.7, 0.3, -0.3, -1 / 3, -2 / 3, -1 / 3, -2 / 3, 1, 1]
    const flow = affineFlow(field, [0.1, 0.1], [0, 10])
    expect([on(flow), flow.pieces]).toEqual([[], 1])
    for (const y of flow.y) expect(Math.abs(y - (1 - 0.9 * Math.exp(-10)))).toBeLessThan(1e-14)
  })
})
