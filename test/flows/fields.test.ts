// The fields of the papers: what they compute, beside the formula in plain numbers.

import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { CNF, concatSquash, planarField } from '../../src/flows/index.ts'
import type { Field } from '../../src/program/field.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Tensors of a field as matrices, one row for each output. */
function matrices(field: Field): (name: string) => number[][] {
  const tensors = field.tensors()
  return (name) => {
    const { data, shape } = tensors.get(name) as { data: ArrayLike<number>; shape: readonly number[] }
    const columns = shape[1] ?? 1
    return Array.from({ length: shape[0] as number }, (_, i) =>
      Array.from({ length: columns }, (_, j) => data[i * columns + j] as number),
    )
  }
}

const affine = (w: number[][], x: readonly number[], b?: number[][]): number[] =>
  w.map((row, i) => inner(row, x) + ((b?.[i] as number[] | undefined)?.[0] ?? 0))

test.each(['tanh', 'softplus'] as const)('concatSquash, %s: layers that time gates and moves', (activation) => {
  const field = concatSquash([2, 5, 3, 2], { activation, ...f64, seed: 3 })
  const of = matrices(field)
  const act = activation === 'tanh' ? Math.tanh : (x: number): number => Math.log1p(Math.exp(x))
  for (const t of [-0.4, 0, 0.7]) {
    let x = [0.3, -0.8]
    for (const i of [0, 1, 2]) {
      const gate = affine(of(`${i}.gate.weight`), [t], of(`${i}.gate.bias`)).map(sigmoid)
      const shift = affine(of(`${i}.shift.weight`), [t])
      x = affine(of(`${i}.layer.weight`), x, of(`${i}.layer.bias`)).map(
        (v, j) => v * (gate[j] as number) + (shift[j] as number),
      )
      if (i < 2) x = x.map(act)
    }
    expect(relative(field.forward([0.3, -0.8], t), x)).toBeLessThan(1e-14)
  }
})

describe('planarField', () => {
  test.each([
    [1, 1, [3]],
    [2, 1, []],
    [2, 5, [4, 3]],
    [3, 8, [4]],
    [5, 13, [6, 6]],
    [2, 64, [32, 32]],
  ] as const)('%i components, %i terms, hidden layers %j', (dim, width, hidden) => {
    const field = planarField(dim, width, { hidden, ...f64, seed: 2 })
    const of = matrices(field)
    const x = scatter(3 * dim, 5)
    for (const t of [0, 0.7]) {
      let h = [t]
      for (const i of hidden.keys()) h = affine(of(`time.${i}.weight`), h, of(`time.${i}.bias`)).map(Math.tanh)
      const all = affine(of('time.parameters.weight'), h, of('time.parameters.bias'))
      const gates = affine(of('time.gates.weight'), h, of('time.gates.bias')).map(sigmoid)
      const got = field.forward(x, t)
      for (let row = 0; row < 3; row++) {
        const sum = new Array(dim).fill(0)
        for (let n = 0; n < width; n++) {
          let inside = all[n] as number
          for (let i = 0; i < dim; i++) inside += (all[(1 + i) * width + n] as number) * (x[row * dim + i] as number)
          const term = (gates[n] as number) * Math.tanh(inside)
          for (let i = 0; i < dim; i++) sum[i] += term * (all[(1 + dim + i) * width + n] as number)
        }
        expect(relative(got.subarray(row * dim, (row + 1) * dim), sum)).toBeLessThan(1e-13)
      }
    }
  })
})

test.each([
  ['planarField', planarField(2, 3, { hidden: [4], ...f64, seed: 1 })],
  ['planarField of whole rows', planarField(2, 4, { hidden: [4], ...f64, seed: 1 })],
  ['concatSquash', concatSquash([2, 4, 2], { ...f64, seed: 1 })],
] as const)('%s: gradients of its density', (_, field) => {
  const x = scatter(6, 3)
  const loss = (cnf: CNF, there: Float64Array): number => inner(cnf.logProb(there), [1, -2, 0.5])
  const cnf = new CNF(field, { steps: 3 })
  const [, pullback] = vjp(cnf, x)
  const { dx, dparams } = pullback([1, -2, 0.5])
  expect(
    relative(
      dx,
      differences((there) => loss(cnf, there), x),
    ),
  ).toBeLessThan(1e-8)
  expect(
    relative(
      dparams,
      differences((there) => at(field, there, () => loss(cnf, x)), field.parameters),
    ),
  ).toBeLessThan(1e-8)
})

test.each([3, 8])('planarField of %i terms comes back from a file', (width) => {
  using field = planarField(2, width, { hidden: [4], seed: 1 })
  const x = Float32Array.from(scatter(10, 3))
  const cnf = new CNF(field, { steps: 3 })
  expect(CNF.from(cnf.save()).logProb(x)).toEqual(cnf.logProb(x))
})

test('sizes that cannot be are refused', () => {
  expect(() => concatSquash([2])).toThrow("sizes must begin and end with the state's dim, got [2]")
  expect(() => concatSquash([2, 4, 3])).toThrow('got [2, 4, 3]')
  expect(() => concatSquash([2, 0, 2])).toThrow('sizes[1] must be')
  expect(() => planarField(0, 4)).toThrow('dim must be')
  expect(() => planarField(2, 0)).toThrow('width must be')
  expect(() => planarField(2, 4, { hidden: [1.5] })).toThrow('hidden[0] must be')
})
