import { describe, expect, test } from 'vitest'
import { Arena } from '../../src/core/arena.ts'
import { type Dtype, read, write } from '../../src/core/boundary.ts'
import type { AdamOptions } from '../../src/train/optimizers.ts'
import { radam } from '../../src/train/radam.ts'
import { scatter } from '../support/gradients.ts'

const N = 5
const STEPS = 60

/** A gradient that changes with the step and with the parameter. */
const gradientAt = (x: readonly number[], step: number): number[] =>
  x.map((v, i) => v - (i - 2) + (scatter(N, step)[i] as number) / 4)

/**
 * Liu et al. 2020, Algorithm 2, in doubles, with PyTorch's three choices: rectified where rho > 5 (the paper: 4), eps beside the
 * root of v, decay in the gradient.
 */
function reference(x0: readonly number[], settings: Required<AdamOptions>, round: (x: number) => number): number[] {
  const { lr, beta1, beta2, eps, weightDecay } = settings
  let x = [...x0]
  const m = x.map(() => 0)
  const v = x.map(() => 0)
  const rhoInfinity = 2 / (1 - beta2) - 1
  for (let t = 1; t <= STEPS; t++) {
    const g = gradientAt(x, t).map(round)
    const rho = rhoInfinity - (2 * t * beta2 ** t) / (1 - beta2 ** t)
    x = x.map((value, i) => {
      const d = (g[i] as number) + weightDecay * value
      m[i] = round(beta1 * (m[i] as number) + (1 - beta1) * d)
      v[i] = round(beta2 * (v[i] as number) + (1 - beta2) * d * d)
      const mHat = (m[i] as number) / (1 - beta1 ** t)
      if (rho <= 5) return round(value - lr * mHat)
      const l = Math.sqrt(1 - beta2 ** t) / (Math.sqrt(v[i] as number) + eps)
      const r = Math.sqrt(((rho - 4) * (rho - 2) * rhoInfinity) / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho))
      return round(value - lr * mHat * r * l)
    })
  }
  return x
}

describe.each<[Dtype, (x: number) => number, number]>([
  // A few roundings a step; their order is the implementation's.
  ['f32', Math.fround, 1e-5],
  ['f64', (x) => x, 1e-13],
])('%s', (dtype, round, close) => {
  const start = [...scatter(N, 1)].map(round)

  function run(options: AdamOptions, steps: number, gradient: (x: number[], t: number) => number[]): number[] {
    const optimizer = radam(options)
    const arena = new Arena()
    try {
      const [x, g] = [arena.copy(dtype, start), arena.zeros(dtype, N)]
      const slots = Array.from({ length: optimizer.slots }, () => arena.zeros(dtype, N))
      for (let t = 1; t <= steps; t++) {
        write(dtype, g, gradient([...read(dtype, x, N)], t))
        optimizer.step(dtype, N, x, g, slots, optimizer.lr, t)
      }
      return [...read(dtype, x, N)]
    } finally {
      arena.free()
    }
  }

  test.each<[string, AdamOptions]>([
    ['defaults', { lr: 0.02 }],
    ['decay in the gradient', { lr: 0.02, weightDecay: 0.1 }],
    ['other coefficients, an eps that counts', { lr: 0.05, beta1: 0.5, beta2: 0.9, eps: 0.1 }],
    ['beta2 so small that it never rectifies', { lr: 0.05, beta2: 0.6 }],
    ['no momentum', { lr: 0.02, beta1: 0 }],
  ])('%s', (_, options) => {
    const settings = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, ...options }
    const wanted = reference(start, settings, round)
    for (const [i, got] of run(options, STEPS, gradientAt).entries()) {
      expect(Math.abs(got - (wanted[i] as number))).toBeLessThan(close)
      expect(Math.abs(got - (start[i] as number))).toBeGreaterThan(0.02)
    }
  })

  test('under a constant gradient: five steps of lr g, then steps of lr r g / (|g| + eps / root of 1 - beta2^t)', () => {
    const g = [1, -2, 1e-3, 0.5, -1e3].map(round)
    const correction = 1 - 0.999 ** 6
    const rho = 1999 - (12 * (1 - correction)) / correction
    const r = Math.sqrt(((rho - 4) * (rho - 2) * 1999) / (1995 * 1997 * rho))
    const [five, six] = [5, 6].map((steps) => run({ lr: 0.01 }, steps, () => g))
    for (const [i, slope] of g.entries()) {
      const [from, at5, at6] = [start, five, six].map((x) => x?.[i] as number) as [number, number, number]
      expect(Math.abs(at5 - (from - 0.05 * slope))).toBeLessThan(close * Math.max(1, Math.abs(slope)))
      const step = (0.01 * r * slope) / (Math.abs(slope) + 1e-8 / Math.sqrt(correction))
      expect(Math.abs(at6 - (at5 - step))).toBeLessThan(close * Math.max(1, Math.abs(at5)))
    }
  })
})

test.each<[AdamOptions, string]>([
  [{ lr: 0 }, 'lr must be a finite number > 0, got 0'],
  [{ beta1: 1 }, 'beta1 must be in [0, 1), got 1'],
  [{ beta2: 1 }, 'beta2 must be in [0, 1), got 1'],
  [{ eps: 0 }, 'eps must be a finite number > 0, got 0'],
  [{ weightDecay: -1 }, 'weightDecay must be a finite number >= 0, got -1'],
])('%o is refused', (options, message) => expect(() => radam(options)).toThrow(message))
