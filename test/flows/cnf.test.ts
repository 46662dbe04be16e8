// The model around the density: training, files, errors, memory, the same bits.

import { describe, expect, test } from 'vitest'
import { backsolve, reversible } from '../../src/adjoint/index.ts'
import { info } from '../../src/core/boundary.ts'
import { CNF, type CNFOptions, hutchinson, nll } from '../../src/flows/index.ts'
import { decode, encode, FormatError } from '../../src/io/safetensors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { rk4, tsit5 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { scatter } from '../support/gradients.ts'
import { linearField, linearLogProb } from '../support/normal-flow.ts'

const network = (dtype: 'f32' | 'f64' = 'f32', seed = 1): MLP =>
  new MLP([3, 8, 8, 2], { activation: 'tanh', time: 'concat', dtype, seed })

/** Two clouds. */
const clouds = Float32Array.from(scatter(256, 3), (v, i) => (i % 2 === 0 ? (i % 4 < 2 ? 2 : -2) : 0) + 0.5 * v)

describe('training', () => {
  const train = (options: CNFOptions, epochs: number, resume?: Uint8Array) => {
    const field = network()
    const cnf = new CNF(field, { rtol: 1e-3, atol: 1e-3, ...options })
    const settings = { loss: nll, optimizer: adam({ lr: 0.02 }), batchSize: 32, epochs, seed: 2 }
    const losses: number[] = []
    let checkpoint = new Uint8Array()
    for (const progress of fit(cnf, cnf.data(clouds), resume === undefined ? settings : { ...settings, resume })) {
      losses.push(progress.loss)
      if (progress.epoch === epochs) checkpoint = progress.checkpoint() as Uint8Array<ArrayBuffer>
    }
    return { field, cnf, losses, checkpoint }
  }

  test.each<[string, CNFOptions]>([
    ['exact', {}],
    [
      "with Hutchinson's estimate and regularisers",
      { divergence: hutchinson({ seed: 1 }), kinetic: 0.01, jacobian: 0.01 },
    ],
  ])('%s: the likelihood rises, to the same bits each time and across an interruption', (_, options) => {
    const once = train(options, 20)
    expect(once.losses[19]).toBeLessThan((once.losses[0] as number) - 0.5)
    const twice = train(options, 20)
    expect(twice.losses).toEqual(once.losses)
    expect(twice.field.parameters).toEqual(once.field.parameters)
    const half = train(options, 11)
    const rest = train(options, 20, half.checkpoint)
    expect(rest.losses).toEqual(once.losses.slice(11))
    expect(rest.field.parameters).toEqual(once.field.parameters)
    expect(rest.cnf.sample(5, { seed: 1 })).toEqual(once.cnf.sample(5, { seed: 1 }))
  })

  test('the loss is minus the mean log-density, each row with its weight', () => {
    const { field, a, b } = linearField(2)
    const cnf = new CNF(field, { rtol: 1e-9, atol: 1e-9 })
    const x = scatter(10, 3)
    const known = Array.from({ length: 5 }, (_, i) =>
      linearLogProb(a, b, 1, 1, [x[2 * i] as number, x[2 * i + 1] as number]),
    )
    field.rate = 0
    const first = (y: ArrayLike<number>): number =>
      [...fit(cnf, { x, y: Float64Array.from(y) }, { loss: nll, epochs: 1 })][0]?.loss as number
    expect(first(cnf.data(x).y)).toBeCloseTo(-known.reduce((s, v) => s + v, 0) / 5, 8)
    expect(first([-2, 0, 0, 0, Number.NaN])).toBeCloseTo((-2 * (known[0] as number)) / 4, 8)
  })

  test('a regulariser of energy makes paths shorter', () => {
    const length = (kinetic: number): number => {
      const { cnf } = train({ kinetic }, 20)
      const z = cnf.base(64, { seed: 5 })
      const x = cnf.transform(z)
      return [...x].reduce((s, v, i) => s + (v - (z[i] as number)) ** 2, 0)
    }
    expect(length(1)).toBeLessThan(0.8 * length(0))
  })
})

test('regularisers are what differences of the state say', () => {
  // z' = c: |f|^2 = |c|^2 and J = 0; z' = A z: |J|^2 = |A|^2.
  const moving = new Field(2, (p) => p.dense(p.scale(p.state, 0), 2), { dtype: 'f64' })
  moving.parameters = [0, 0, 0, 0, 3, 4]
  const objective = (field: Field, options: CNFOptions): number => {
    const cnf = new CNF(field, { t: [0, 2], rtol: 1e-10, atol: 1e-10, ...options })
    field.rate = 0
    return -([...fit(cnf, cnf.data([0.3, 0.4]), { loss: nll, epochs: 1 })][0]?.loss as number)
  }
  const plain = objective(moving, {})
  expect(plain - objective(moving, { kinetic: 0.1 })).toBeCloseTo(0.1 * 25 * 2, 8)
  expect(plain - objective(moving, { jacobian: 0.1 })).toBeCloseTo(0, 12)
  const { field, a } = linearField(2)
  const norm = a.flat().reduce((s, v) => s + v * v, 0)
  expect(objective(field, {}) - objective(field, { jacobian: 0.1 })).toBeCloseTo(0.1 * norm * 2, 8)
  expect(new CNF(moving, { kinetic: 5 }).logProb([1, 2])).toEqual(new CNF(moving).logProb([1, 2]))
})

describe('files', () => {
  test.each<[string, CNFOptions]>([
    ['as it comes', {}],
    [
      'with everything',
      {
        t: [1, 0],
        divergence: hutchinson({ seed: 2, probes: 3, kind: 'gaussian' }),
        deviation: 0.5,
        kinetic: 0.1,
        jacobian: 0.2,
        solver: tsit5,
        rtol: 1e-4,
        atol: 1e-7,
        adjoint: reversible(),
      },
    ],
    ['fixed steps', { solver: rk4, steps: 5, control: 'sample' }],
  ])('%s: a model that is read has the bits of the one that was written', (_, options) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const cnf = new CNF(network(dtype), options)
      const again = CNF.from(cnf.save(new Map([['from', 'here']])), reversible)
      const x = dtype === 'f32' ? clouds.slice(0, 10) : Float64Array.from(clouds.slice(0, 10))
      expect(again.logProb(x)).toEqual(cnf.logProb(x))
      expect(again.sample(4, { seed: 2 })).toEqual(cnf.sample(4, { seed: 2 }))
      expect(again.save(new Map([['from', 'here']]))).toEqual(cnf.save(new Map([['from', 'here']])))
      const { kinetic, jacobian, deviation, divergence, t } = cnf
      expect(again).toMatchObject({ kinetic, jacobian, deviation, divergence, t })
    }
  })

  test('what is no such file is refused', () => {
    const bytes = new CNF(network()).save()
    const { tensors, metadata } = decode(bytes)
    const changed = (change: (options: Record<string, unknown>) => void): Uint8Array => {
      const description = JSON.parse(metadata.get('relode') as string) as { options: Record<string, unknown> }
      change(description.options)
      return encode(tensors, new Map([['relode', JSON.stringify(description)]]))
    }
    const refused = (file: Uint8Array, message: string): void => {
      expect(() => CNF.from(file)).toThrow(FormatError)
      expect(() => CNF.from(file)).toThrow(message)
    }
    refused(new NeuralODE(network()).save(), 'kind "neural-ode", expected "cnf"')
    refused(new CNF(network(), { adjoint: backsolve() }).save(), 'adjoint must be made by')
    refused(
      changed((o) => {
        o['t'] = [0]
      }),
      't must hold the times of base and data',
    )
    refused(
      changed((o) => {
        o['divergence'] = 'some'
      }),
      'divergence must be',
    )
    refused(
      changed((o) => {
        o['divergence'] = { estimator: 'hutchinson', probes: 0 }
      }),
      'probes must be',
    )
    refused(
      changed((o) => {
        o['deviation'] = 'wide'
      }),
      'deviation must be',
    )
    refused(
      changed((o) => {
        o['kinetic'] = -1
      }),
      'kinetic must be',
    )
    refused(bytes.subarray(0, 100), '')
  })
})

test('what cannot be used is refused by name, with value and cure', () => {
  const field = network()
  const make = (options: object) => () => new CNF(field, options)
  expect(make({ t: [0, 1, 2] })).toThrow('t must hold the times of base and data, two different ones, got [0, 1, 2]')
  expect(make({ t: [1, 1] })).toThrow('two different ones, got [1, 1]')
  expect(make({ divergence: 'trace' })).toThrow('divergence must be \'exact\' or made by hutchinson(), got "trace"')
  expect(make({ deviation: 0 })).toThrow('deviation must be a finite number > 0, got 0')
  expect(make({ kinetic: -1 })).toThrow('kinetic must be a finite number >= 0, got -1')
  expect(make({ jacobian: Number.NaN })).toThrow('jacobian must be')
  expect(make({ rtol: [1, 2, 3] })).toThrow('rtol')
  expect(() => hutchinson({ probes: 0 })).toThrow('probes must be an integer from 1 to 1024, got 0')
  expect(() => hutchinson({ seed: -1 })).toThrow('seed must be')
  expect(() => hutchinson({ kind: 'uniform' as never })).toThrow(
    'kind must be one of rademacher, gaussian, got "uniform"',
  )
  expect(() => new CNF(new MLP([2, 4, 2], { layers: 3 }), { steps: 3 })).toThrow(
    'field must have one set of parameters',
  )
  expect(() => new CNF(new Field(1, (p) => p.input(1)))).toThrow('field must read no input')
  const cnf = new CNF(field)
  expect(() => cnf.logProb([1, 2, 3])).toThrow('x must hold rows of 2 numbers')
  expect(() => cnf.logProb(new Float64Array(2))).toThrow('x is a Float64Array but the model is f32')
  expect(() => cnf.logProb([1, 2], { t: Number.NaN })).toThrow('t[0] is NaN')
  expect(() => cnf.sample(-1)).toThrow('n must be')
  expect(() => cnf.sample(1, { seed: 0.5 })).toThrow('seed must be')
})

test('tolerances may be given for each component of the state', () => {
  const { field, a, b } = linearField(2)
  const cnf = new CNF(field, { rtol: [1e-8, 1e-10], atol: [1e-9, 1e-9] })
  expect(cnf.logProb([0.1, 0.2])[0]).toBeCloseTo(linearLogProb(a, b, 1, 1, [0.1, 0.2]), 7)
})

test('a solve that fails says so, and leaves the model usable', () => {
  const cnf = new CNF(network(), { maxSteps: 1 })
  expect(() => cnf.logProb([1, 2])).toThrow('max steps')
  expect(() => cnf.sample(3)).toThrow('max steps')
  expect(() => cnf.logProb([1, 2])).toThrow('max steps')
})

test('models, densities at other times and trainings leave no memory behind', () => {
  const round = (): void => {
    using field = network()
    using cnf = new CNF(field, { kinetic: 0.1, rtol: 1e-3, atol: 1e-3 })
    for (const t of [0, 0.3, 0.7]) cnf.logProb(clouds, { t })
    for (const _ of fit(cnf, cnf.data(clouds), { loss: nll, epochs: 2 }));
    cnf.dispose()
  }
  for (let i = 0; i < 3; i++) round()
  const before = info().memory
  for (let i = 0; i < 60; i++) round()
  expect(info().memory).toBe(before)
})

test('the field that is disposed is named', () => {
  const field = network()
  const cnf = new CNF(field)
  cnf.logProb([1, 2])
  field.dispose()
  expect(() => cnf.logProb([1, 2])).toThrow('disposed')
})
