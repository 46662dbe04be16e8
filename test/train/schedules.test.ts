import { describe, expect, test } from 'vitest'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { fit } from '../../src/train/fit.ts'
import { adam, adamw, sgd } from '../../src/train/optimizers.ts'
import { cosine, power, type Schedule, stepwise, warmup } from '../../src/train/schedules.ts'

describe('schedules', () => {
  test('cosine falls from 1 to final', () => {
    const [zero, tenth] = [cosine(), cosine({ final: 0.1 })]
    expect(zero(0, 100)).toBe(1)
    expect(zero(50, 100)).toBeCloseTo(0.5, 15)
    expect(zero(100, 100)).toBe(0)
    expect(zero(150, 100)).toBe(0)
    expect(tenth(100, 100)).toBeCloseTo(0.1, 15)
    for (let i = 0; i <= 100; i++) {
      expect(tenth(i, 100)).toBeCloseTo(0.1 + 0.45 * (1 + Math.cos((Math.PI * i) / 100)), 14)
    }
  })

  test('stepwise', () => {
    const halves = stepwise({ every: 10, factor: 0.5 })
    expect([0, 9, 10, 19, 20, 35].map((step) => halves(step, 0))).toEqual([1, 1, 0.5, 0.5, 0.25, 0.125])
    expect(stepwise({ every: 3 })(3, 0)).toBe(0.1)
  })

  test('warmup rises, then follows', () => {
    expect([0, 1, 2, 3, 4, 9].map((step) => warmup({ steps: 4 })(step, 10))).toEqual([0.25, 0.5, 0.75, 1, 1, 1])
    const then: Schedule = (step, total) => 1000 * step + total
    expect([3, 4, 5].map((step) => warmup({ steps: 4, then })(step, 10))).toEqual([1, 6, 1006])
    expect(warmup({ steps: 20, then })(25, 10)).toBe(5001)
  })

  test('power is exact where the result is', () => {
    expect([0, 1, 2, 10, 30].map((n) => power(2, n))).toEqual([1, 2, 4, 1024, 2 ** 30])
    expect(power(0.5, 1074)).toBe(2 ** -1074)
    expect(power(0.999, 1e6)).toBeCloseTo(0, 300)
    expect(power(0.9, 41) / 0.9 ** 41).toBeCloseTo(1, 14)
  })

  test('a training follows its schedule, step by step', () => {
    using field = new MLP([1, 1])
    const steps: [number, number][] = []
    const schedule: Schedule = (step, total) => {
      steps.push([step, total])
      return 1 / (step + 1)
    }
    const data = { x: [1, 2, 3], y: [1, 2, 3] }
    const lr = [
      ...fit(new NeuralODE(field), data, { optimizer: sgd({ lr: 0.5 }), schedule, epochs: 2, batchSize: 2 }),
    ].map((p) => p.lr)
    expect(steps).toEqual([
      [0, 4],
      [1, 4],
      [2, 4],
      [3, 4],
    ])
    expect(lr).toEqual([0.25, 0.125])
  })
})

test.each<[string, () => unknown, string]>([
  ['lr 0', () => adam({ lr: 0 }), 'lr must be a finite number > 0, got 0'],
  ['lr NaN', () => sgd({ lr: Number.NaN }), 'lr must be a finite number > 0, got NaN'],
  ['beta1 1', () => adam({ beta1: 1 }), 'beta1 must be in [0, 1), got 1'],
  ['beta2 -1', () => adamw({ beta2: -1 }), 'beta2 must be in [0, 1), got -1'],
  ['eps 0', () => adam({ eps: 0 }), 'eps must be a finite number > 0, got 0'],
  ['weightDecay < 0', () => adamw({ weightDecay: -1 }), 'weightDecay must be a finite number >= 0, got -1'],
  ['momentum 1', () => sgd({ momentum: 1 }), 'momentum must be in [0, 1), got 1'],
  ['nesterov alone', () => sgd({ nesterov: true }), 'nesterov needs momentum > 0, got 0'],
  ['final 1', () => cosine({ final: 1 }), 'final must be in [0, 1), got 1'],
  ['every 0', () => stepwise({ every: 0 }), 'every must be an integer from 1'],
  ['factor 0', () => stepwise({ every: 1, factor: 0 }), 'factor must be a finite number > 0, got 0'],
  ['steps 0', () => warmup({ steps: 0 }), 'steps must be an integer from 1'],
])('refuses %s', (_, make, message) => expect(make).toThrow(message))
