import { afterAll, describe, expect, test } from 'vitest'
import { hvp } from '../../src/adjoint/hvp.ts'
import { jvp } from '../../src/adjoint/jvp.ts'
import type { Model } from '../../src/adjoint/model.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { rodas4 } from '../../src/tableaus/index.ts'
import { equilibrium, timeVarying, type Wish } from '../support/model-zoo.ts'

const wish: Wish = { width: 2, dtype: 'f64', activation: 'tanh' }
const field = new MLP([2, 3, 2], { dtype: 'f64' })
const node = new NeuralODE(field, { t: [0, 0.5, 1], output: 'last' })
afterAll(() => field.dispose())

const ones = (n: number): number[] => new Array<number>(n).fill(1)
const count = field.parameterCount

describe('jvp refuses, by name,', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['a model that is not made of blocks', () => jvp({} as Model, [1, 2], [1, 2]), /^model must be made of blocks/],
    ['inputs of another width', () => jvp(node, [1, 2, 3], [1, 2, 3]), /^x must hold rows of 2 numbers, got 3/],
    ['a direction of another length', () => jvp(node, [1, 2], ones(4)), /^dx must hold 2 numbers, as x does, got 4/],
    ['a direction that is not finite', () => jvp(node, [1, 2], [1, Number.NaN]), /^dx\[1\] is NaN/],
    [
      'a direction in f32',
      () => jvp(node, [1, 2], Float32Array.of(1, 2)),
      /^dx is a Float32Array but the model is f64/,
    ],
    [
      'too few parameters',
      () => jvp(node, [1, 2], [1, 2], { dparams: [1] }),
      RegExp(`^dparams must hold ${count} numbers`),
    ],
    [
      'parameters in f32',
      () => jvp(node, [1, 2], [1, 2], { dparams: new Float32Array(count) }),
      /^dparams is a Float32Array/,
    ],
    ['too few times', () => jvp(node, [1, 2], [1, 2], { dt: [1, 2] }), /^dt must hold 3 numbers.*got 2/],
    [
      'times of an equilibrium',
      () => jvp(equilibrium(wish), [1, 2], [1, 2], { dt: [] }),
      /^dt must be left out: this model/,
    ],
    [
      'times of parameters that follow it',
      () => jvp(timeVarying(wish), [1, 2], [1, 2], { dt: [1, 1] }),
      /^dt.*\(span\).*vjp/,
    ],
    [
      'a method without a gradient',
      () => jvp(new NeuralODE(field, { solver: rodas4 }), [1, 2], [1, 2]),
      /^solver rodas4 has no/,
    ],
    [
      'the same in fixed steps',
      () => jvp(new NeuralODE(field, { solver: rodas4, steps: 2 }), [1, 2], [1, 2]),
      /^solver rodas4/,
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message)
    // And the core is as it was.
    expect(jvp(node, [1, 2], [0, 0])[0]).toEqual(node.forward([1, 2]))
  })
})

describe('hvp refuses, by name,', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['no direction', () => hvp(node, [1, 2], [1, 1], {}), /^direction must have dx or dparams/],
    ['a cotangent of another length', () => hvp(node, [1, 2], [1], { dx: [1, 1] }), /^loss must hold 2 numbers.*got 1/],
    [
      'a cotangent that is not finite',
      () => hvp(node, [1, 2], [1, Infinity], { dx: [1, 1] }),
      /^loss\[1\] is Infinity/,
    ],
    [
      'a loss of another length',
      () => hvp(node, [1, 2], (y) => [y, [1]], { dx: [1, 1] }),
      /^the loss's derivative along dy must hold 2/,
    ],
    [
      'a loss that is no pair',
      () => hvp(node, [1, 2], (() => [[1, 1]]) as never, { dx: [1, 1] }),
      /^the loss's derivative along dy must/,
    ],
  ])('%s', (_, call, message) => expect(call).toThrow(message))

  test('a direction with dparams alone leaves the inputs where they are', () => {
    const dparams = ones(count)
    const alone = hvp(node, [1, 2], [1, 1], { dparams })
    expect(hvp(node, [1, 2], [1, 1], { dparams, dx: [0, 0] })).toEqual(alone)
  })
})

test('an error of the loss passes through', () => {
  const error = new Error('mine')
  const loss = (): never => {
    throw error
  }
  expect(() => hvp(node, [1, 2], loss, { dx: [1, 1] })).toThrow(error)
})
