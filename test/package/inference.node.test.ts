// The entry without gradients, built with stand-ins: the same bits, and no option that is silently passed over.
import * as full from 'relode'
import { backsolve, reversible } from 'relode/adjoints'
import * as small from 'relode/inference'
import { gather } from 'relode/recurrent'
import { linearSignal } from 'relode/signals'
import { expect, test } from 'vitest'

const field = (t: number, y: ArrayLike<number>): number[] => [Math.sin(3 * t) - (y[0] as number), y[0] as number]

const METHODS = [
  [full.dopri5, small.dopri5],
  [full.tsit5, small.tsit5],
  [full.bosh3, small.bosh3],
  [full.rk4, small.rk4],
  [full.euler, small.euler],
  [full.heun, small.heun],
] as const

test('solves have the bits of the whole entry', () => {
  for (const y0 of [[1, 2], Float32Array.of(1, 2)]) {
    for (const [solver, other] of METHODS) {
      const ways = solver.error ? [{}, { rtol: 1e-9, dt0: 0.5 }, { steps: 9 }] : [{ steps: 9 }, { dt: 0.3 }]
      for (const way of ways) {
        const a = full.odeint(field, y0, [0, 1, 3], { ...way, solver })
        const b = small.odeint(field, y0, [0, 1, 3], { ...way, solver: other })
        expect(b.ys).toEqual(a.ys)
        expect({ ...b.stats, stiff: a.stats.stiff }).toEqual(a.stats)
        expect(b.at(2.2)).toEqual(a.at(2.2))
        expect(b.derivativeAt(2.2)).toEqual(a.derivativeAt(2.2))
      }
    }
  }
  const part = small.odeint((_, y) => [(y[0] as number) ** 2], [1], [0, 0.5, 2], { throwOnFailure: false })
  expect(part.status).toBe('step underflow')
  expect([...part.ts]).toEqual([0, 0.5])
})

test('so do models', () => {
  const node = new full.NeuralODE(new full.MLP([2, 8, 2], { seed: 3 }), { rtol: 1e-5 })
  const copy = small.NeuralODE.from(node.save())
  expect(copy.forward([1, 2, 3, 4])).toEqual(node.forward([1, 2, 3, 4]))
})

test('models whose gradient is taken in another way are the same, but for one whose steps are others', () => {
  const field = new full.MLP([2, 8, 2], { seed: 3 })
  const node = new full.NeuralODE(field, { adjoint: backsolve({ rtol: 1e-7 }) })
  const copy = small.NeuralODE.from(node.save())
  expect(copy.forward([1, 2, 3, 4])).toEqual(node.forward([1, 2, 3, 4]))
  expect(copy.save()).toEqual(node.save())
  const other = new full.NeuralODE(field, { adjoint: reversible() })
  expect(() => small.NeuralODE.from(other.save())).toThrow('reversible needs the entry relode')
})

test.each([
  ['tStops', [1]],
  ['discontinuities', [1]],
  ['kinks', 'auto'],
  ['maxNfe', 100],
  ['maxMs', 100],
  ['signal', new AbortController().signal],
  ['onStep', () => {}],
  ['events', []],
  ['stopWhenSteady', true],
  ['input', linearSignal([0, 1], [0, 1])],
])('%s is refused', (name, value) => {
  expect(() => small.odeint(field, [1, 2], [0, 1], { [name]: value })).toThrow(`${name} needs the entry relode`)
})

test('a time without end is refused', () => {
  expect(() => small.odeint(field, [1, 2], [0, Infinity])).toThrow('ts[1] is Infinity, it must be finite')
})

test('a model with stops needs the whole entry', () => {
  const node = new full.NeuralODE(new full.MLP([2, 3, 2]), { tStops: [0.5] })
  expect(() => small.NeuralODE.from(node.save())).toThrow('tStops needs the entry relode')
})

test('programs that pick columns are refused', () => {
  const field = new full.Field(2, (p) => gather(p, p.state, [1, 0]))
  expect(() => small.NeuralODE.from(new full.NeuralODE(field).save())).toThrow(
    'call 0 of the block\'s program: there is no op "gather"',
  )
})

test('programs that read a signal are refused, and layers that start smooth', () => {
  for (const method of ['input', 'inputRate'] as const)
    expect(() => new small.Field(1, (p) => p[method](1))).toThrow(`${method} needs the entry relode`)
  const field = new full.Field(1, (p) => p.add(p.state, p.input(1)))
  const node = new full.NeuralODE(field, { input: linearSignal([0, 1], [0, 1]) })
  expect(() => small.NeuralODE.from(node.save())).toThrow("call 0 of the block's program: input needs the entry relode")
  const normal = { init: { kind: 'normal', scale: 1 } } as const
  const smooth = { layers: 2, initialLayers: 'smooth' } as const
  expect(() => new small.Field(1, (p) => p.dense(p.state, 1, normal), smooth)).toThrow(
    "initialLayers 'smooth' needs the entry relode",
  )
})
