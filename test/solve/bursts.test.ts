// A field that rests and bursts: an error estimate of 0 proves nothing there.

import { describe, expect, test } from 'vitest'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { dopri5, dopri8, tsit5, vern7 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { adaptiveHeun } from '../support/gradients.ts'

const adaptive: readonly Tableau[] = [...Object.values(tableaus).filter(({ error }) => error), adaptiveHeun]

/** y' = relu(sin 2 pi t), and its integral from 0. */
const bursts: FieldFunction = (t, _, dy) => {
  dy[0] = Math.max(0, Math.sin(2 * Math.PI * t))
}
const integral = (t: number): number => {
  const whole = Math.floor(t)
  return (whole + (1 - Math.cos(2 * Math.PI * Math.min(t - whole, 0.5))) / 2) / Math.PI
}
/** One half wave. */
const BURST = 1 / Math.PI

function error(from: number, to: number, options: OdeintOptions): number {
  const { y } = odeint(bursts, [0], [from, to], { rtol: 1e-6, atol: 1e-6, dense: false, maxSteps: 1e6, ...options })
  return Math.abs((y[0] as number) - (integral(to) - integral(from)))
}

describe.each(adaptive)('$name', (solver) => {
  test('misses no burst, wherever it starts, in either direction', () => {
    for (let i = 0; i < 60; i++) {
      const start = i / 60
      expect(error(start, start + 10, { solver }), `from ${start}`).toBeLessThan(0.1 * BURST)
      expect(error(start + 10, start, { solver }), `back to ${start}`).toBeLessThan(0.1 * BURST)
    }
  })

  test('does not believe a first step that sees nothing', () => {
    // At multiples of 1/2 the field is 0, but for rounding.
    for (const dt0 of [0.5, 1, 2]) expect(error(0, 10, { solver, dt0 }), `${dt0}`).toBeLessThan(0.1 * BURST)
  })
})

test.each([dopri5, tsit5, vern7, dopri8])('$name: with the kinks as stops, within the tolerance', (solver) => {
  const tStops = Array.from({ length: 20 }, (_, k) => (k + 1) / 2)
  for (const tol of [1e-6, 1e-9]) {
    const options = { solver, rtol: tol, atol: tol }
    // Few steps a half wave, and an estimate that is then low: dopri8 is within 30.
    const bound = (solver === dopri8 ? 100 : 10) * tol
    expect(error(0, 10, { ...options, tStops })).toBeLessThan(bound)
    expect(error(10, 0, { ...options, tStops: [...tStops, 0] })).toBeLessThan(bound)
  }
})

test('a constant field costs few steps more, and dt0 is kept where something is seen', () => {
  const constant: FieldFunction = (_, __, dy) => void dy.fill(0.5)
  expect(odeint(constant, [1], [0, 1000]).stats.steps).toBeLessThan(60)
  const decay: FieldFunction = (_, y, dy) => {
    dy[0] = -(y[0] as number)
  }
  for (const dt0 of [1e-3, 0.01, 0.1]) {
    const { stepTimes, stats } = odeint(decay, [1], [0, 1], { dt0 })
    expect(stepTimes[1]).toBe(dt0)
    expect(stats.nfe).toBe(1 + 6 * stats.steps)
  }
})
