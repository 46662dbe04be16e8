// Where events are found: against closed forms, in both directions of time, by every method, in both precisions.

import { describe, expect, test } from 'vitest'
import { MLP } from '../../src/program/mlp.ts'
import { event, type StateEvent } from '../../src/solve/event.ts'
import type { Occurrence } from '../../src/solve/event-solution.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { dopri5, rk4 } from '../../src/tableaus/index.ts'
import { compile, type Tableau } from '../../src/tableaus/tableau.ts'
import { adaptiveHeun } from '../support/gradients.ts'
import { type Problem, problems } from '../support/problems.ts'

const methods: readonly Tableau[] = [...Object.values(tableaus), adaptiveHeun]
const stepping = (solver: Tableau) => (solver.error ? { rtol: 1e-6, atol: 1e-6 } : { steps: 400 })

/** y' = 1 in every component. */
const ramp: FieldFunction = (_, __, dy) => void dy.fill(1)
/** cos and -sin. */
const spin: FieldFunction = (_, y, dy) => {
  dy[0] = y[1] as number
  dy[1] = -(y[0] as number)
}
const still: FieldFunction = (_, __, dy) => void dy.fill(0)
const first = (_: number, y: ArrayLike<number>): number => y[0] as number

const times = (events: readonly Occurrence[], index = 0): number[] =>
  events.filter((e) => e.event === index).map((e) => e.t)

/** Of the dense output: the largest sum of its weights without their signs, which its rounding is in proportion to. */
function largestWeights(solver: Tableau): number {
  const { dense, denseDegree, denseStages } = compile(solver)
  const weight = (i: number, theta: number): number =>
    Math.abs(dense.subarray(i * denseDegree, (i + 1) * denseDegree).reduceRight((w, p) => (w + p) * theta, 0))
  const sum = (theta: number): number =>
    Array.from({ length: denseStages }, (_, i) => weight(i, theta)).reduce((a, b) => a + b)
  return Math.max(...Array.from({ length: 101 }, (_, j) => sum(j / 100)))
}

/** The largest relative error. */
function error(found: readonly number[], wanted: readonly number[]): number {
  expect(found.length).toBe(wanted.length)
  return Math.max(...found.map((t, i) => Math.abs(t / (wanted[i] as number) - 1)))
}

describe('every method', () => {
  test.each(methods)('$name: linear cases to 1e-12', (solver) => {
    const options = solver.error ? {} : { steps: 7 }
    for (const [sign, c] of [
      [1, 0.3],
      [1, 17.77],
      [-1, 0.3],
      [-1, 17.77],
    ] as const) {
      // From 1 on: y = 1 + t, so that neither g nor t is 0 anywhere near.
      const events = [event((_, y) => (y[0] as number) - 1 - sign * c), event({ a: [1], b: 1, c: -1 - 2 * sign * c })]
      const { events: found } = odeint(ramp, [1], [0, sign * 20], { solver, ...options, events })
      expect(error(times(found), [sign * c])).toBeLessThanOrEqual(1e-12)
      expect(error(times(found, 1), [sign * c])).toBeLessThanOrEqual(1e-12)
      // Every step rounds a state below 32 once, and so does the dense output, besides the sum of its stages.
      const single = odeint(ramp, Float32Array.of(1), [0, sign * 20], { solver, ...options, events })
      const { accepted, dtMax } = single.stats
      const rounding = (accepted + 1) * 2 ** -20 + dtMax * largestWeights(solver) * 2 ** -24
      expect(error(times(single.events), [sign * c])).toBeLessThanOrEqual(rounding / c)
    }
  })

  test.each(methods.filter(({ error }) => error))('$name: an oscillation to 10 tol', (solver) => {
    for (const sign of [1, -1]) {
      const wanted = [0.5, 1.5, 2.5].map((n) => sign * n * Math.PI)
      const solution = odeint(spin, [1, 0], [0, sign * 9], { solver, ...stepping(solver), events: [event(first)] })
      const { events } = solution
      // fehlberg2 is itself 200 tol off there.
      if (solver.name !== 'fehlberg2') expect(error(times(events), wanted)).toBeLessThanOrEqual(1e-5)
      // The slope is 1 at all of them: the time is as far off as the solution, and no further.
      for (const [i, t] of times(events).entries()) {
        const off = Math.abs(solution.at(wanted[i] as number)[0] as number)
        expect(Math.abs(t - (wanted[i] as number))).toBeLessThanOrEqual(off * 1.001 + 1e-13)
      }
      for (const { y } of events) expect(Math.abs(y[0] as number)).toBeLessThan(1e-13)
    }
  })

  test.each(methods)('$name: what a search through the dense output finds, at no cost', (solver) => {
    for (const y0 of [[1, 0], Float32Array.of(1, 0)]) {
      const options = { solver, ...stepping(solver) }
      const plain = odeint(spin, y0, [0, 3, 9], options)
      const watched = odeint(spin, y0, [0, 3, 9], { ...options, events: [event(first, { sampling: 3 })] })
      expect(watched.ys).toEqual(plain.ys)
      expect(watched.stats).toEqual(plain.stats)
      expect(watched.stepTimes).toEqual(plain.stepTimes)
      expect(watched.terminatedBy).toBe(-1)
      expect([watched.t1, watched.y1]).toEqual([9, plain.y])
      expect(watched.events.length).toBe(3)
      for (const { t, y } of watched.events) {
        expect(plain.at(t)).toEqual(y)
        // A root: on either side of it the sign is another.
        const side = y0 instanceof Float32Array ? 1e-5 : 1e-12
        expect(Math.sign(plain.at(t - side)[0] as number)).toBe(-Math.sign(plain.at(t + side)[0] as number))
      }
    }
  })
})

describe('the apsides of an orbit, half a turn from each other', () => {
  test.each(['dopri5', 'fehlberg45', 'tsit5', 'dopri8', 'vern7'])('%s', (name) => {
    const solver = tableaus[name] as Tableau
    for (const [eccentric, factor] of [
      ['D1', ['dopri5', 'fehlberg45'].includes(name) ? 100 : 10],
      ['D5', 100],
    ] as const) {
      const { field, y0 } = problems[eccentric] as Problem
      for (const tol of [1e-6, 1e-9, 1e-12]) {
        const options = { solver, rtol: tol, atol: tol, events: [event({ a: [0, 1, 0, 0] })] }
        const found = times(odeint(field, y0, [0, 10], options).events)
        expect(error(found, [Math.PI, 2 * Math.PI, 3 * Math.PI])).toBeLessThanOrEqual(factor * tol)
      }
    }
  })
})

test('backward is forward of the mirrored problem, to the bit', () => {
  const mirrored: FieldFunction = (_, y, dy) => {
    dy[0] = -(y[1] as number)
    dy[1] = y[0] as number
  }
  const options = { direction: 1, sampling: 2 } as const
  const back = odeint(spin, [1, 0.5], [1, -9], { events: [event((t, y) => (y[0] as number) + 0.01 * t, options)] })
  const forth = odeint(mirrored, [1, 0.5], [-1, 9], { events: [event((t, y) => (y[0] as number) - 0.01 * t, options)] })
  expect(back.events.length).toBeGreaterThan(0)
  expect(back.events.map(({ t, y }) => [-t, ...y])).toEqual(forth.events.map(({ t, y }) => [t, ...y]))
})

describe('a solve that is watched step by step takes the steps of one that is not', () => {
  // An event that might end the solve is looked for after every step, any other when all are taken.
  const [after, during] = [{ sampling: 2 }, { sampling: 2, count: 2 ** 30 }]

  test.each(methods)('$name', (solver) => {
    for (const y0 of [[1, 0.5], Float32Array.of(1, 0.5)]) {
      for (const t1 of [9, -9]) {
        const find = (options: object) =>
          odeint(spin, y0, [0, t1 / 2, t1], { solver, ...stepping(solver), events: [event(first, options)] })
        expect(find(during)).toEqual(find(after))
        expect(find(during).events.length).toBe(3)
      }
    }
  })

  test('with parameters for every step', () => {
    for (const solver of [rk4, dopri5]) {
      for (const width of [1, 3, 5, 17]) {
        using layered = new MLP([width, 8, width], { dtype: 'f64', layers: 5, activation: 'tanh', seed: width })
        const [y0, grid] = [Array.from({ length: 3 * width }, (_, i) => 1 - i / 7), { solver, steps: 12 }]
        const form = (options: object) => ({ ...grid, events: [event({ a: y0.map(() => 1), b: -40, c: 1 }, options)] })
        const plain = odeint(layered, y0, [0, 1, 2], grid)
        const watched = odeint(layered, y0, [0, 1, 2], form(during))
        expect([watched.ys, watched.stats]).toEqual([plain.ys, plain.stats])
        expect(watched).toEqual(odeint(layered, y0, [0, 1, 2], form(after)))
      }
    }
  })
})

test('an event that needs no state is found to 4 roundings, wherever the steps are', () => {
  for (const root of [1e-6, 0.1, 1 / 3, 2.5, 7.9999999]) {
    for (const options of [{}, { steps: 3 }, { dt: 0.3 }]) {
      const { events } = odeint(spin, [1, 0], [0, 8], { ...options, events: [event((t) => root - t)] })
      expect(error(times(events), [root])).toBeLessThanOrEqual(5 * Number.EPSILON)
    }
  }
})

describe('direction', () => {
  test.each([
    [1, [1.5, 3.5]],
    [-1, [0.5, 2.5]],
    [0, [0.5, 1.5, 2.5, 3.5]],
  ] as const)('%s', (direction, halves) => {
    const { events } = odeint(spin, [1, 0], [0, 12], { rtol: 1e-9, events: [event(first, { direction })] })
    const wanted = halves.map((n) => n * Math.PI)
    expect(error(times(events), wanted)).toBeLessThan(1e-7)
  })

  test('is along the solve, also backward', () => {
    const up = odeint(ramp, [0], [0, 1], { events: [event((_, y) => (y[0] as number) - 0.5, { direction: 1 })] })
    const down = odeint(ramp, [0], [0, -1], { events: [event((_, y) => (y[0] as number) + 0.5, { direction: -1 })] })
    expect(error([...times(up.events), ...times(down.events)], [0.5, -0.5])).toBeLessThanOrEqual(4 * Number.EPSILON)
  })
})

describe('zeros', () => {
  test('at the start count only after they were left', () => {
    for (const [y0, t1, wanted] of [
      [[0, 1], 4, [1]],
      [[0, -1], 7, [1, 2]],
      [Float32Array.of(0, 1), 4, [1]],
      [[0, 1], -4, [-1]],
    ] as const) {
      const { events } = odeint(spin, y0, [0, t1], { rtol: 1e-6, events: [event(first)] })
      const found = times(events).map((t) => t / Math.PI)
      expect(error(found, wanted)).toBeLessThan(1e-4)
    }
    // One that never leaves it never happens.
    expect(odeint(spin, [0, 0], [0, 4], { events: [event(first)] }).events).toEqual([])
    expect(odeint(ramp, [0], [0, 4], { events: [event((_, y) => Math.max(0, (y[0] as number) - 2))] }).events).toEqual(
      [],
    )
  })

  test.each([rk4, dopri5])('$name: at the end of a step, and at an output time, count once', (solver) => {
    const steps = 8
    const ts = [0, 0.25, 0.5, 0.5, 1]
    const find = (...events: StateEvent[]) => odeint(ramp, [0], ts, { solver, steps, events }).events
    expect(times(find(event((t) => t - 0.5)))).toEqual([0.5])
    expect(times(find(event((t) => 0.5 - t, { sampling: 4 })))).toEqual([0.5])
    // Touched, not crossed.
    expect(times(find(event((t) => (t - 0.5) ** 2)))).toEqual([0.5])
    // At the last time, and just behind it.
    expect(times(find(event((t) => t - 1)))).toEqual([1])
    expect(times(find(event((t) => t - 1 - 1e-9)))).toEqual([])
    // Reached where it stays zero: once, when it is reached.
    const [t] = times(find(event((t) => Math.max(0, 0.6 - t))))
    expect(Math.abs((t as number) - 0.6)).toBeLessThanOrEqual(4 * Number.EPSILON)
  })

  test('beyond the last output time are not found, though the steps go there', () => {
    const { events, stepTimes } = odeint(ramp, [0], [0, 1], { events: [event((t) => t - 1.001)] })
    expect(stepTimes.at(-1)).toBeGreaterThan(1.001)
    expect(events).toEqual([])
    // Two roots around it in the last step: the first alone.
    const two = odeint(ramp, [0], [0, 1], { events: [event((t) => (t - 0.999) * (t - 1.001))] })
    expect(error(times(two.events), [0.999])).toBeLessThanOrEqual(4 * Number.EPSILON)
  })
})

describe('sampling', () => {
  const bump = (t: number): number => (t - 0.3) * (t - 0.4)
  const once = { solver: rk4, steps: 1 }

  test('finds two zeros in one step, which its ends do not show', () => {
    const found = (sampling: number) =>
      times(odeint(still, [0], [0, 1], { ...once, events: [event(bump, { sampling })] }).events)
    expect(found(1)).toEqual([])
    for (const sampling of [3, 11, 17]) expect(error(found(sampling), [0.3, 0.4])).toBeLessThanOrEqual(1e-15)
  })

  test('a high orbit of adaptive steps', () => {
    // dopri5 takes steps of about 1; every zero of sin(20 t) is seen by 40 samples of them.
    const events = [event((t) => Math.sin(20 * t), { sampling: 40 })]
    const { events: found, stats } = odeint(spin, [1, 0], [0, 6], { rtol: 1e-3, atol: 1e-3, events })
    expect(stats.accepted).toBeLessThan(15)
    const wanted = Array.from({ length: 38 }, (_, i) => ((i + 1) * Math.PI) / 20)
    expect(error(times(found), wanted)).toBeLessThan(1e-14)
  })
})

test('several events come in order of time, and of their index where they are simultaneous', () => {
  const at = (root: number): StateEvent => event((t) => t - root)
  for (const sign of [1, -1]) {
    const events = [at(sign * 0.7), at(sign * 0.2), at(sign * 0.5), at(sign * 0.2), at(sign * 0.9)]
    const { events: found } = odeint(still, [3], [0, sign], { solver: rk4, steps: 2, events })
    expect(found.map(({ event }) => event)).toEqual([1, 3, 2, 0, 4])
    expect(
      error(
        found.map(({ t }) => t),
        [0.2, 0.2, 0.5, 0.7, 0.9].map((t) => sign * t),
      ),
    ).toBeLessThan(1e-15)
  }
})
