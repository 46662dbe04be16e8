import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { core } from '../../src/core/boundary.ts'
import { decode } from '../../src/io/safetensors.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { type Activation, activationIds } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { hairer853, pid } from '../../src/solve/controller.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri5, dopri8, euler, fehlberg45, ralston, rk4, tsit5, vern7 } from '../../src/tableaus/index.ts'
import type { Tableau } from '../../src/tableaus/tableau.ts'
import { onGrid, scatter } from '../support/gradients.ts'

const options: readonly NeuralODEOptions[] = [
  {},
  { t: [0, 2], solver: tsit5, rtol: 1e-4, atol: 1e-6 },
  { t: [1, 0.5, -1], solver: bosh3, rtol: [1e-3, 1e-4], atol: Float64Array.of(1e-5, 1e-6) },
  { t: [0, 0.3, 1], output: 'last', solver: rk4, steps: 7 },
  { t: [0, 0.1 + 0.2, 1], output: 'all', solver: euler, dt: 0.1 },
  { t: Float64Array.of(0, 0.25, 0.25, 1), solver: onGrid(dopri5) },
  { t: [0, 1], output: 'all', dt0: 0.01, dtMin: 1e-9, dtMax: 0.3, maxSteps: 500 },
  { t: [3] },
  { t: [0, 0.4, 2], solver: dopri8, controller: hairer853 },
  { t: [0, 0.4, 2], solver: vern7, controller: pid(0.2, 0.1, 0, { safety: 0.8 }) },
  { t: [0, 1], solver: fehlberg45, steps: 3 },
]

describe('forward', () => {
  test.each(options.map((given, i) => [i, given] as const))(
    'is odeint, at the last or at all times (%i)',
    (_, given) => {
      for (const dtype of ['f32', 'f64'] as const) {
        using field = new MLP([2, 9, 2], { dtype, seed: 1 })
        const node = new NeuralODE(field, given)
        const x = [...scatter(10)].map(Math.fround)
        const { t: _t, output: _o, ...solver } = given
        const { ys } = odeint(field, x, given.t ?? [0, 1], solver)
        const wanted = node.output === 'all' ? ys.flatMap((y) => [...y]) : [...(ys[ys.length - 1] as Float32Array)]
        expect([...node.forward(x)]).toEqual(wanted)
        expect(node.forward(x)).toBeInstanceOf(dtype === 'f32' ? Float32Array : Float64Array)
        expect(node.solve(x, given.t ?? [0, 1]).ys).toEqual(ys)
        const [y, pullback] = vjp(node, x)
        expect([...y]).toEqual(wanted)
        pullback.dispose()
      }
    },
  )

  test('output: last for two times, else all', () => {
    using field = new MLP([2, 2])
    expect(new NeuralODE(field).output).toBe('last')
    expect(new NeuralODE(field, { t: [0, 1, 2] }).output).toBe('all')
    expect(new NeuralODE(field, { t: [0, 1, 2] }).forward([1, 2, 3, 4])).toHaveLength(12)
    expect(new NeuralODE(field, { t: [0, 1, 2], output: 'last' }).forward([1, 2, 3, 4])).toHaveLength(4)
    expect(new NeuralODE(field).forward([])).toHaveLength(0)
  })

  test('sees the parameters as they are now', () => {
    using field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), { dtype: 'f64' })
    const node = new NeuralODE(field, { rtol: 1e-10, atol: 1e-12 })
    for (const a of [1, -2, 0, 0.5]) {
      field.parameters = [a]
      expect(node.forward([1])[0]).toBeCloseTo(Math.exp(a), 9)
    }
  })

  test('two models may share a field', () => {
    using field = new MLP([2, 4, 2], { dtype: 'f64' })
    const [there, back] = [
      new NeuralODE(field, { rtol: 1e-11, atol: 1e-12 }),
      new NeuralODE(field, { t: [1, 0], rtol: 1e-11, atol: 1e-12 }),
    ]
    const x = scatter(6)
    for (const [i, v] of back.forward(there.forward(x)).entries()) expect(v).toBeCloseTo(x[i] as number, 9)
  })
})

describe('save and from', () => {
  test.each(options.map((given, i) => [i, given] as const))('everything that makes a result (%i)', (_, given) => {
    for (const dtype of ['f32', 'f64'] as const) {
      using field = new MLP([3, 9, 2], { dtype, seed: 1, time: 'concat', activation: 'silu', outputActivation: 'tanh' })
      const node = new NeuralODE(field, given)
      const bytes = node.save()
      const copy = NeuralODE.from(bytes)
      const x = [...scatter(10)]
      expect(copy.forward(x)).toEqual(node.forward(x))
      expect(copy.t).toEqual(node.t)
      expect(copy.output).toBe(node.output)
      expect(copy.field.parameters).toEqual(field.parameters)
      expect(copy.field.specs).toEqual(field.specs)
      // Saved again it is the same file, from a buffer as from bytes in the middle of one.
      expect(copy.save()).toEqual(bytes)
      const padded = new Uint8Array(bytes.length + 3)
      padded.set(bytes, 3)
      expect(NeuralODE.from(padded.subarray(3)).forward(x)).toEqual(node.forward(x))
      expect(NeuralODE.from(bytes.slice().buffer).forward(x)).toEqual(node.forward(x))
      copy.field.dispose()
    }
  })

  test.each(Object.keys(activationIds) as Activation[])('a field of its own with %s', (activation) => {
    using field = new Field(
      3,
      (p) => {
        const gate = p.dense(p.concat(p.state, p.time()), 3, { activation: 'sigmoid', name: 'gate' })
        const value = p.dense(p.state, 3, { activation, name: 'value', bias: false })
        return p.add(p.mul(gate, value), p.scale(p.concat(p.slice(p.state, 1, 2), p.slice(p.state, 0, 1)), -0.1))
      },
      { seed: 4 },
    )
    const node = new NeuralODE(field, { t: [0, 0.5] })
    const copy = NeuralODE.from(node.save())
    const x = Float32Array.from(scatter(9))
    expect(copy.forward(x)).toEqual(node.forward(x))
    expect([...copy.field.tensors().keys()]).toEqual(['gate.weight', 'gate.bias', 'value.weight'])
    copy.field.dispose()
  })

  test('metadata of the caller goes along, tensors are readable by others', () => {
    using field = new MLP([2, 3, 2])
    const { metadata, tensors } = decode(
      new NeuralODE(field).save(
        new Map([
          ['data', 'spirals, 2026'],
          ['note', 'ü "quoted"\n'],
        ]),
      ),
    )
    expect(metadata.get('data')).toBe('spirals, 2026')
    expect(metadata.get('note')).toBe('ü "quoted"\n')
    expect([...tensors.keys()].sort()).toEqual(['0.bias', '0.weight', '2.bias', '2.weight'])
    expect(tensors.get('0.weight')).toMatchObject({ dtype: 'F32', shape: [3, 2] })
  })

  test('a solver of your own is saved with the model', () => {
    const own: Tableau = { ...ralston, name: 'of my own', source: 'A. Ralston 1962' }
    using field = new MLP([2, 3, 2], { dtype: 'f64' })
    const node = new NeuralODE(field, { solver: own, steps: 9 })
    const copy = NeuralODE.from(node.save())
    expect(copy.forward([1, 2])).toEqual(node.forward([1, 2]))
    expect(copy.solverOptions.solver).toEqual(own)
    copy.field.dispose()
  })
})

describe('misuse', () => {
  test.each<[string, object, string | RegExp]>([
    ['no times', { t: [] }, 't must hold at least the start time'],
    ['times out of order', { t: [0, 2, 1] }, 't must be monotonic, got t[2] = 1 after t[1] = 2'],
    ['infinite times', { t: [0, Number.POSITIVE_INFINITY] }, 't[1] is Infinity'],
    ['output', { output: 'first' }, 'output must be one of last, all, got "first"'],
    ['rtol', { rtol: -1 }, 'rtol must be >= 0, got -1'],
    ['a fixed solver without steps', { solver: euler }, 'euler has no error estimate: give dt or steps'],
    [
      'an adjoint by name',
      { adjoint: 'checkpoint' },
      'adjoint must be made by checkpoint(), or by a maker that from() is given, got "checkpoint"',
    ],
  ])('%s', (_, given, message) => {
    using field = new MLP([2, 2])
    expect(() => new NeuralODE(field, given as NeuralODEOptions)).toThrow(message)
  })

  test('inputs', () => {
    using field = new MLP([2, 2])
    const node = new NeuralODE(field)
    expect(() => node.forward([1, 2, 3])).toThrow('x must hold rows of 2 numbers, got 3 numbers')
    expect(() => node.forward([1, Number.NaN])).toThrow('x[1] is NaN')
    expect(() => node.forward(Float64Array.of(1, 2))).toThrow('x is a Float64Array but the model is f32')
    expect(() => vjp(node, [1])).toThrow('x must hold rows of 2 numbers')
    field.dispose()
    expect(() => node.forward([1, 2])).toThrow('the block is disposed')
    expect(() => node.save()).toThrow('the block is disposed')
  })
})

test('a thousand models made, saved, loaded, run and disposed leave the memory as it was', () => {
  const cycle = (seed: number): void => {
    using field = new MLP([2, 32, 2], { seed })
    const node = new NeuralODE(field, { t: [0, 0.1] })
    const copy = NeuralODE.from(node.save())
    copy.forward([1, 2, 3, 4])
    const [, pullback] = vjp(copy, [1, 2])
    pullback([1, 1])
    pullback.dispose()
    copy.field.dispose()
    expect(() => new NeuralODE(field, { rtol: -1 })).toThrow(RangeError)
  }
  cycle(0)
  const top = core().memoryTop()
  // Tableaus of loaded models are freed when they are collected, a page each until then.
  for (let i = 1; i <= 1000; i++) cycle(i)
  expect(core().memoryTop() - top).toBeLessThan(1000 * 4096 + 4096)
})
