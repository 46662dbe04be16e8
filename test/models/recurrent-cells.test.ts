// What single cells are made of, wirings, and what is refused.

import { describe, expect, test } from 'vitest'
import { backsolve } from '../../src/adjoint/backsolve.ts'
import { jvp } from '../../src/adjoint/jvp.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import type { Vector } from '../../src/core/boundary.ts'
import { FormatError, type Tensor } from '../../src/io/safetensors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Recurrent } from '../../src/models/recurrent.ts'
import { Affine } from '../../src/program/affine.ts'
import { cell } from '../../src/program/cell.ts'
import { gruCell, odeRnnCell, rnnCell } from '../../src/program/cells.ts'
import type { Field } from '../../src/program/field.ts'
import { ltcCell, randomWiring } from '../../src/program/ltc.ts'
import { MLP } from '../../src/program/mlp.ts'
import { seriesRows } from '../../src/program/series-rows.ts'
import { rk4, rodas4 } from '../../src/tableaus/index.ts'
import { relative } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const

/** A tensor of a field. */
const valuesOf = (field: Field, name: string): Vector => (field.tensors().get(name) as Tensor).data

test('the gated unit is that of PyTorch 2 (torch.nn.GRUCell in double precision)', () => {
  using field = gruCell(2, 3, { ...f64, mask: false, elapsed: false })
  const ramp = (n: number, s: number): number[] => Array.from({ length: n }, (_, i) => (((i * 7 + s) % 11) - 5) / 8)
  field.load(
    new Map([
      ['ih.weight', { dtype: 'F64', shape: [9, 2], data: Float64Array.from(ramp(18, 1)) }],
      ['ih.bias', { dtype: 'F64', shape: [9], data: Float64Array.from(ramp(9, 2)) }],
      ['hh.weight', { dtype: 'F64', shape: [9, 3], data: Float64Array.from(ramp(27, 3)) }],
      ['hh.bias', { dtype: 'F64', shape: [9], data: Float64Array.from(ramp(9, 4)) }],
    ]),
  )
  const y = new Recurrent(field, { length: 3 }).forward([1, 0.5, -1, 1, 2, 0.25, 1, -0.75, 1.5])
  expect(relative(y, [-0.6262296647195029, -0.16397291862674945, 0.27075072392145927])).toBeLessThan(1e-14)
})

test('an ODE-RNN steps by any explicit method: with f = -h, rk4 makes of h its Taylor polynomial', () => {
  using field = odeRnnCell(1, 1, { ...f64, widths: [], solver: rk4 })
  field.load(
    new Map(
      [...field.tensors()].map(([name, tensor]) => {
        const value = { 'f0.weight': -1, 'ih.bias': 0.5 }[name] ?? 0
        return [name, { ...tensor, data: tensor.data.map(() => value) }]
      }),
    ),
  )
  // The first row sets h by the gates alone; then time passes and nothing is seen.
  const set = new Recurrent(field, { length: 1 }).forward([0, 1])[0] as number
  const t = 0.7
  const y = new Recurrent(field, { length: 2 }).forward([0, 1, t, Number.NaN])[0] as number
  expect(set).not.toBe(0)
  expect(y).toBeCloseTo(set * (1 - t + t ** 2 / 2 - t ** 3 / 6 + t ** 4 / 24), 14)
  expect(() => odeRnnCell(1, 1, { solver: rodas4 })).toThrow(
    'solver must be an explicit method for an ODE-RNN, got rodas4',
  )
})

describe('a liquid cell', () => {
  test('stays between its reversal potentials, however long it is left alone', () => {
    using field = ltcCell(1, 6, f64)
    const model = new Recurrent(field, { length: 3, output: 'all' })
    for (const elapsed of [1e-6, 1, 1e6]) {
      const y = model.forward([elapsed, 5, elapsed, -5, elapsed, 1e3])
      for (const v of y) expect(Math.abs(v)).toBeLessThanOrEqual(1)
    }
  })

  test('without synapses is a leaky integrator: six implicit Euler steps', () => {
    const none = { hidden: 2, sensory: [0, 0], recurrent: [0, 0, 0, 0] }
    using field = ltcCell(1, 2, { ...f64, wiring: none })
    const at = (name: string): number => valuesOf(field, name)[1] as number
    const [g, c] = ['gleak.bias', 'cm.bias'].map((name) => Math.log1p(Math.exp(at(name)))) as [number, number]
    const t = 1.5
    const y = new Recurrent(field, { length: 1 }).forward([t, 0])[1] as number
    // v - v_leak shrinks by 1 / (1 + h g / c) each time.
    expect(y).toBeCloseTo(at('vleak.bias') * (1 - (1 + ((t / 6) * g) / c) ** -6), 14)
  })

  test('has its synapses where the wiring says, with its signs', () => {
    const matrix = { hidden: 2, sensory: [1, 0, 0, -1, 0, 0], recurrent: [0, -1, 1, 0] }
    using field = ltcCell(3, 2, { ...f64, wiring: matrix })
    expect([...valuesOf(field, 'sensory.e.bias')]).toEqual([1, -1])
    expect([...valuesOf(field, 'recurrent.e.bias')]).toEqual([-1, 1])
    const model = new Recurrent(field, { length: 1 })
    const base = model.forward([1, 0, 0, 0])
    // Feature 0 reaches neuron 0 alone, feature 1 neuron 1, feature 2 nothing: within one row, through one unfold and the others.
    expect(model.forward([1, 0, 0, 9])).toEqual(base)
    expect(model.forward([1, 0.7, 0, 0])[0]).not.toBe(base[0])
  })

  test('starts in the ranges of ncps', () => {
    using field = ltcCell(3, 8, { ...f64, seed: 4 })
    const within = (name: string, low: number, high: number, map = (v: number): number => v): void => {
      const values = [...valuesOf(field, name)].map(map)
      for (const v of values) expect(v >= low - 1e-12 && v <= high + 1e-12, `${name}: ${v}`).toBe(true)
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan((high - low) / 4)
    }
    const softplus = (v: number): number => Math.log1p(Math.exp(v))
    within('recurrent.w.bias', 0.001, 1, softplus)
    within('sensory.sigma.bias', 3, 8)
    within('sensory.mu.bias', 0.3, 0.8)
    within('gleak.bias', 0.001, 1, softplus)
    within('vleak.bias', -0.2, 0.2)
    within('cm.bias', 0.4, 0.6, softplus)
  })
})

test('a wiring by chance: as dense as asked, and the same for the same seed', () => {
  const wired = randomWiring(20, 30, { density: 0.25, seed: 1 })
  const all = [...wired.sensory, ...wired.recurrent]
  expect(all).toHaveLength(50 * 30)
  const share = (of: (v: number) => boolean): number => all.filter(of).length / all.length
  expect(share((v) => v !== 0)).toBeGreaterThan(0.2)
  expect(share((v) => v !== 0)).toBeLessThan(0.3)
  expect(share((v) => v === 1)).toBeGreaterThan(0.09)
  expect(share((v) => v === -1)).toBeGreaterThan(0.09)
  expect(randomWiring(20, 30, { density: 0.25, seed: 1 })).toEqual(wired)
  expect(randomWiring(20, 30, { density: 0.25, seed: 2 })).not.toEqual(wired)
  expect([...randomWiring(2, 3).sensory].every((v) => v !== 0)).toBe(true)
})

describe('misuse', () => {
  const field = gruCell(2, 3)
  const model = new Recurrent(field, { length: 2 })
  test.each<[string, () => unknown, string | RegExp]>([
    ['no cell', () => new Recurrent(new MLP([2, 2]), { length: 2 }), 'the field must be a cell, such as gruCell makes'],
    ['length', () => new Recurrent(field, { length: 0 }), 'length must be an integer from 1'],
    [
      'output',
      () => new Recurrent(field, { length: 1, output: 'some' as 'all' }),
      'output must be one of last, all, got "some"',
    ],
    ['direction', () => new Recurrent(field, { length: 1, direction: 'up' as 'forward' }), 'direction must be one of'],
    [
      'read-out',
      () => new Recurrent(field, { length: 1, readOut: new Affine(2, 1) }),
      "readOut must map from the cell's width 3, got inputs 2",
    ],
    [
      'adjoint',
      () => new Recurrent(field, { length: 1, adjoint: backsolve() }),
      'adjoint must be checkpoint() for a recurrent model, got backsolve()',
    ],
    ['x', () => model.forward([1, 2, 3]), 'x must hold rows of 6 numbers, got 3'],
    ['x of the wrong kind', () => model.forward(new Float64Array(6)), /x is a Float64Array but the model is f32/],
    ['x infinite', () => model.forward([0, 1, 2, 0, 1, Infinity]), 'x[5] is Infinity, it must be finite'],
    ['time backwards', () => model.forward([0, 1, 2, -1, 1, 0]), 'x[3] is -1: an elapsed time must be >= 0'],
    ['step', () => model.step([0, 0, 0], [0, 1, 2, 0, 1, 2]), 'rows must hold one row for each of 1 states, got 2'],
    ['jvp', () => jvp(model, new Float32Array(6), new Float32Array(6)), 'model must be made of blocks'],
    [
      'wiring',
      () => ltcCell(1, 2, { wiring: { hidden: 2, sensory: [1], recurrent: [] } }),
      'wiring.sensory must hold 1 x 2 numbers, got 1',
    ],
    [
      'signs',
      () => ltcCell(1, 1, { wiring: { hidden: 1, sensory: [2], recurrent: [0] } }),
      'wiring.sensory[0] must be 1, -1 or 0, got 2',
    ],
    ['neurons', () => ltcCell(1, 1, { wiring: randomWiring(1, 2) }), 'wiring.hidden must be 1, got 2'],
    ['density', () => randomWiring(1, 2, { density: 2 }), 'density must be a number from 0 to 1, got 2'],
    ['features', () => rnnCell(0, 2), 'features must be an integer from 1'],
    ['hidden', () => rnnCell(1, 0.5), 'hidden must be an integer from 1'],
    ['unfolds', () => ltcCell(1, 1, { unfolds: 0 }), 'unfolds must be an integer from 1'],
    [
      'a cell that ends too narrow',
      () => cell(1, 2, (p, { values }) => p.dense(values, 1)),
      'operands must have one width',
    ],
  ])('%s', (_, call, message) => expect(call).toThrow(message))

  test('files of others, and programs with ops that a model does not have', () => {
    expect(() => NeuralODE.from(model.save())).toThrow(
      'the file holds a model of kind "recurrent", expected "neural-ode"',
    )
    const text = new TextDecoder('latin1').decode(model.save())
    const broken = (from: string, to: string): Uint8Array =>
      Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0))
    expect(() => Recurrent.from(broken('\\"length\\":2', '\\"length\\":0'))).toThrow(FormatError)
    expect(() => Recurrent.from(broken('gather', 'father'))).toThrow('there is no op "father"')
  })

  test('no series at all is no output at all', () => {
    expect(model.forward([])).toHaveLength(0)
    const [y, pullback] = vjp(model, [])
    expect(y).toHaveLength(0)
    expect(pullback([]).dx).toHaveLength(0)
    pullback.dispose()
  })
})

describe('series as rows', () => {
  const series = [
    { times: [1, 1.5, 4], values: [1, 2, Number.NaN, 4, 5, 6] },
    { times: Float64Array.of(2), values: Float32Array.of(7, 8) },
  ]
  test('elapsed times and values, filled up with NaN', () => {
    const none = new Array<number>(6).fill(Number.NaN)
    const rows = seriesRows(series, 2)
    expect(rows).toEqual(Float32Array.of(0, 1, 2, 0.5, Number.NaN, 4, 2.5, 5, 6, 0, 7, 8, ...none))
    const later = seriesRows(series, 2, { length: 4, start: 0.5, dtype: 'f64' })
    expect(later).toHaveLength(24)
    expect([later[0], later[12]]).toEqual([0.5, 1.5])
  })
  test.each<[string, () => unknown, string]>([
    ['length', () => seriesRows(series, 2, { length: 2 }), 'length must be an integer from 3'],
    ['start', () => seriesRows(series, 2, { start: 3 }), 'series[0].times must increase from 3, got 1'],
    ['values', () => seriesRows(series, 3), 'series[0].values must hold 3 rows of 3, got 6 numbers'],
    ['times', () => seriesRows([{ times: [1, 0, 2], values: [1, 2, 3] }], 1), 'series[0].times must be monotonic'],
    [
      'falling times',
      () => seriesRows([{ times: [2, 1], values: [1, 2] }], 1),
      'series[0].times must increase from 2, got 1',
    ],
  ])('%s', (_, call, message) => expect(call).toThrow(message))
})
