// Solves with a signal as input: closed forms, orders across knots, controlled equations, batches, stiff fields.

import { describe, expect, test } from 'vitest'
import type { Builder, Register } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { cubicSignal, linearSignal, type Signal } from '../../src/program/signal.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri5, dopri8, heun, rk4, rodas4, tsit5, vern7 } from '../../src/tableaus/index.ts'
import { relative, scatter } from '../support/gradients.ts'
import { slope } from '../support/slope.ts'

// Each divides the steps of a grid of 8, 16, 32, ... over [0, 2] as 1 : 2 or 2 : 1.
const KNOTS = [1, 7, 11, 16, 22].map((k) => k / 12)
const VALUES = [1, -0.5, 2, 0.3, 1.2]

/** y' = k (u - y) */
const relax =
  (k: number) =>
  (p: Builder): Register =>
    p.scale(p.add(p.input(1), p.scale(p.state, -1)), k)

/** Its solution for a piecewise linear u, piece by piece: with u = a + b s, y = a - b/k + b s + (y0 - a + b/k) exp(-k s). */
function relaxed(u: Signal, k: number, y0: number, t0: number, t1: number): number {
  const inner = [...u.knots].filter((t) => (t - t0) * (t - t1) < 0)
  const ends = [t0, ...inner, t1].sort((a, b) => (t1 > t0 ? a - b : b - a))
  return ends.slice(1).reduce((y, end, i) => {
    const start = ends[i] as number
    const a = u.at(start)[0] as number
    const b = ((u.at(end)[0] as number) - a) / (end - start)
    return a - b / k + b * (end - start) + (y - a + b / k) * Math.exp(k * (start - end))
  }, y0)
}

/** dy = F(y) du for two paths and F of a gate; and the same as a function. */
const controlled = (p: Builder): Register => {
  const f = p.dense(p.state, 4, { activation: 'tanh' })
  const du = p.inputRate(2)
  const [first, second] = [p.slice(du, 0, 1), p.slice(du, 1, 1)]
  return p.add(p.mul(p.slice(f, 0, 2), p.concat(first, first)), p.mul(p.slice(f, 2, 2), p.concat(second, second)))
}
const PATH = [0, 0.4, 1, -0.2, 0.3, 0.9, -0.5, 0.1, 0.6, -1]

describe.each([
  ['forward', 0, 2],
  ['backward', 2, 0],
] as const)('%s', (_, t0, t1) => {
  const u = linearSignal(KNOTS, VALUES)
  // Along the solve it decays.
  const k = t1 > t0 ? 3 : -3
  const exact = relaxed(u, k, 0.7, t0, t1)

  test('a lag behind a piecewise linear signal has its closed form', () => {
    for (const solver of [dopri5, tsit5, vern7, dopri8]) {
      using field = new Field(1, relax(k), { dtype: 'f64' })
      const { y, stepTimes } = odeint(field, [0.7], [t0, t1], { solver, rtol: 1e-11, atol: 1e-11, input: u })
      expect(relative(y, [exact])).toBeLessThan(1e-9)
      expect([...stepTimes]).toEqual(expect.arrayContaining(KNOTS))
      using single = new Field(1, relax(k))
      const rounded = odeint(single, [0.7], [t0, t1], { solver, rtol: 1e-6, atol: 1e-6, input: u })
      expect(relative(rounded.y, [exact])).toBeLessThan(2e-5)
    }
  })

  test.each([
    ['heun', heun, 2],
    ['bosh3', bosh3, 3],
    ['rk4', rk4, 4],
    ['dopri5', dopri5, 5],
    ['tsit5', tsit5, 5],
  ] as const)('%s keeps its order across the knots, for a signal and for its derivative', (__, solver, order) => {
    using lag = new Field(1, relax(k), { dtype: 'f64' })
    using gate = new Field(2, controlled, { dtype: 'f64', seed: 4 })
    const path = linearSignal(KNOTS, PATH)
    const far = { solver: dopri8, steps: 400, input: path }
    const fine = odeint(gate, [0.3, -0.2], [t0, t1], far).y
    const counts = order > 4 ? [16, 32, 64, 128] : [32, 64, 128, 256]
    const errors = (ask: (way: OdeintOptions) => number): number[] => counts.map((steps) => ask({ solver, steps }))
    const h = counts.map((steps) => 2 / steps)
    const lagging = (stops: boolean) => {
      const input = linearSignal(KNOTS, VALUES, { stops })
      return errors((way) => relative(odeint(lag, [0.7], [t0, t1], { ...way, input }).y, [exact]))
    }
    const following = (stops: boolean) => {
      const input = linearSignal(KNOTS, PATH, { stops })
      return errors((way) => relative(odeint(gate, [0.3, -0.2], [t0, t1], { ...way, input }).y, fine))
    }
    for (const errorsOf of [lagging, following]) {
      const told = errorsOf(true)
      expect(slope(h, told)).toBeGreaterThan(order - 0.3)
      // Without stops the kinks of the signal leave order 2, the jumps of its derivative order 1.
      if (order > 3) expect(errorsOf(false)[3]).toBeGreaterThan(5 * (told[3] as number))
    }
  })

  test('dy = k y du is y exp(k (u - u0)), whatever the path; and the function that reads it has the same bits', () => {
    using field = new Field(1, (p) => p.mul(p.scale(p.state, 1.3), p.inputRate(1)), { dtype: 'f64' })
    const ts = t1 > t0 ? [t0, 11 / 12, 1.1, t1] : [t0, 1.1, 11 / 12, t1]
    for (const input of [linearSignal(KNOTS, VALUES), cubicSignal(KNOTS, VALUES)]) {
      const wanted = ts.map((t) => 0.8 * Math.exp(1.3 * ((input.at(t)[0] as number) - (input.at(t0)[0] as number))))
      for (const solver of [dopri5, bosh3, dopri8]) {
        const way = { solver, rtol: 1e-10, atol: 1e-10 }
        const { ys, stats, stepTimes } = odeint(field, [0.8], ts, { ...way, input })
        for (const [i, y] of ys.entries()) expect(Math.abs((y[0] as number) - (wanted[i] as number))).toBeLessThan(2e-8)
        const byHand = odeint(
          (t, [y], dy) => {
            dy[0] = 1.3 * (y as number) * (input.derivativeAt(t)[0] as number)
          },
          [0.8],
          ts,
          { ...way, tStops: input.knots, discontinuities: input.jumps },
        )
        expect(byHand.ys).toEqual(ys)
        expect(byHand.stats).toEqual(stats)
        expect([...stepTimes]).toEqual(expect.arrayContaining(KNOTS))
      }
    }
  })

  test('from knot to knot, first to last', () => {
    using field = new Field(1, (p) => p.mul(p.scale(p.state, 1.3), p.inputRate(1)), { dtype: 'f64' })
    const [a, b] = t1 > t0 ? [KNOTS[0], KNOTS[4]] : [KNOTS[4], KNOTS[0]]
    for (const make of [linearSignal, cubicSignal]) {
      const input = make(KNOTS, VALUES)
      const [from, to] = [input.at(a as number)[0] as number, input.at(b as number)[0] as number]
      for (const way of [
        { rtol: 1e-12, atol: 1e-12 },
        { solver: rk4, steps: 4000 },
        { solver: dopri8, steps: 160 },
      ]) {
        const { y } = odeint(field, [0.8], [a as number, b as number], { ...way, input })
        expect(relative(y, [0.8 * Math.exp(1.3 * (to - from))])).toBeLessThan(1e-10)
      }
    }
  })

  test('a controlled network is the function that reads the same path', () => {
    using field = new Field(2, controlled, { dtype: 'f64', seed: 4 })
    const [w, b] = [field.parameters.slice(0, 8), field.parameters.slice(8)]
    for (const input of [linearSignal(KNOTS, PATH), cubicSignal(KNOTS, PATH)]) {
      const far = { solver: dopri8, rtol: 1e-12, atol: 1e-12 }
      const { y } = odeint(field, [0.3, -0.2], [t0, t1], { ...far, input })
      const byHand = odeint(
        (t, [p, q], dy) => {
          const f = [0, 1, 2, 3].map((i) =>
            Math.tanh(
              (w[2 * i] as number) * (p as number) + (w[2 * i + 1] as number) * (q as number) + (b[i] as number),
            ),
          ) as [number, number, number, number]
          const [first, second] = input.derivativeAt(t) as unknown as [number, number]
          dy[0] = f[0] * first + f[2] * second
          dy[1] = f[1] * first + f[3] * second
        },
        [0.3, -0.2],
        [t0, t1],
        { ...far, tStops: input.knots, discontinuities: input.jumps },
      )
      expect(relative(y, byHand.y)).toBeLessThan(1e-11)
    }
  })

  test.each([1, 3, 5, 17])('a batch of %i with paths of its own: each row as if it were alone, to the bit', (batch) => {
    const n = KNOTS.length
    for (const width of [1, 3, 5, 17]) {
      for (const dtype of ['f64', 'f32'] as const) {
        using field = new Field(
          width,
          (p) => p.add(p.dense(p.concat(p.state, p.input(width)), width, { activation: 'tanh' }), p.inputRate(width)),
          { dtype, seed: 5 },
        )
        const x = scatter(batch * width, 6)
        const values = scatter(batch * n * width, 7)
        for (const make of [linearSignal, cubicSignal]) {
          for (const way of [
            { solver: rk4, steps: 7 },
            { solver: dopri5, dt: 0.3 },
          ]) {
            const rows = (from: number, to: number, input: Signal): number[] => [
              ...odeint(field, [...x.slice(from * width, to * width)], [t0, t1], { ...way, input }).y,
            ]
            const all = rows(0, batch, make(KNOTS, values, { rows: batch }))
            const alone = Array.from({ length: batch }, (__, i) =>
              rows(i, i + 1, make(KNOTS, values.slice(i * n * width, (i + 1) * n * width))),
            )
            expect(all).toEqual(alone.flat())
          }
        }
      }
    }
  })

  test('rodas4: the network has the derivatives of the function, and its order', () => {
    const stiff = (p: Builder): Register =>
      p.add(p.scale(p.add(p.input(2), p.scale(p.state, -1)), 20), p.mul(p.inputRate(2), p.state))
    using field = new Field(2, stiff, { dtype: 'f64' })
    for (const make of [linearSignal, cubicSignal]) {
      const input = make(KNOTS, PATH)
      // u'' of a natural cubic by differences, away from the knots exact: u' is a parabola.
      const second = (t: number): Float64Array => {
        const [a, b] = [input.derivativeAt(t - 1e-4), input.derivativeAt(t + 1e-4)]
        return a.map((v, i) => ((b[i] as number) - v) / 2e-4)
      }
      const way: OdeintOptions = { solver: rodas4, steps: 1 }
      // Within one piece, so that nothing is asked at a knot.
      const ts = t1 > t0 ? [1.34, 1.83] : [1.83, 1.34]
      const { y } = odeint(field, [0.4, -0.3], ts, { ...way, input })
      const byHand = odeint(
        (t, s, dy) => {
          const [u, du] = [input.at(t), input.derivativeAt(t)]
          for (const i of [0, 1]) dy[i] = 20 * (u[i]! - s[i]!) + du[i]! * s[i]!
        },
        [0.4, -0.3],
        ts,
        {
          ...way,
          jac: (t, __, J) => {
            const du = input.derivativeAt(t)
            J[0] = du[0]! - 20
            J[3] = du[1]! - 20
          },
          dfdt: (t, s, out) => {
            const [du, ddu] = [input.derivativeAt(t), second(t)]
            for (const i of [0, 1]) out[i] = 20 * du[i]! + ddu[i]! * s[i]!
          },
        },
      )
      expect(relative(y, byHand.y)).toBeLessThan(1e-9)
      const fine = odeint(field, [0.4, -0.3], ts, { solver: dopri8, steps: 400, input }).y
      const whole = odeint(field, [0.4, -0.3], [t0, t1], { solver: rodas4, rtol: 1e-9, atol: 1e-9, input })
      const dopri = odeint(field, [0.4, -0.3], [t0, t1], { solver: dopri8, rtol: 1e-11, atol: 1e-11, input })
      if (t1 > t0) expect(relative(whole.y, dopri.y)).toBeLessThan(1e-7)
      const counts = [8, 16, 32, 64]
      const errors = counts.map((steps) =>
        relative(odeint(field, [0.4, -0.3], ts, { solver: rodas4, steps, input }).y, fine),
      )
      expect(
        slope(
          counts.map((steps) => 1 / steps),
          errors,
        ),
      ).toBeGreaterThan(3.7)
    }
  })
})

// The table of docs/signals.md.
test('stops at the knots cost less than their kinks and jumps, and are far more accurate', () => {
  const knots = Array.from({ length: 41 }, (_, i) => i / 4)
  const path = (stops: boolean): Signal =>
    linearSignal(
      knots,
      knots.map((_, i) => ((i * 7919) % 13) / 6 - 1),
      { stops },
    )
  const u = path(true)
  using lag = new Field(1, relax(3), { dtype: 'f64' })
  using growth = new Field(1, (p) => p.mul(p.state, p.inputRate(1)), { dtype: 'f64' })
  const along = Math.exp((u.at(10)[0] as number) - (u.at(0)[0] as number))
  for (const [field, exact, wanted] of [
    [lag, relaxed(u, 3, 1, 0, 10), [764, 1064]],
    [growth, along, [980, 3308]],
  ] as const) {
    const [told, free] = [true, false].map((stops) => {
      const { y, stats } = odeint(field, [1], [0, 10], { rtol: 1e-6, atol: 1e-6, input: path(stops) })
      return { nfe: stats.nfe, error: Math.abs((y[0] as number) - exact) }
    }) as [{ nfe: number; error: number }, { nfe: number; error: number }]
    expect([told.nfe, free.nfe]).toEqual(wanted)
    expect(told.error).toBeLessThan(2e-5)
    expect(free.error).toBeGreaterThan(20 * told.error)
  }
})
