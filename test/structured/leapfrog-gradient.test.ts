import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { Block } from '../../src/program/block.ts'
import { Field } from '../../src/program/field.ts'
import { Leapfrog, type LeapfrogOptions } from '../../src/structured/leapfrog.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
/** A potential to be trained. */
const network = (dim: number, dtype: 'f32' | 'f64', seed = 1): Block =>
  new Block(dim, 1, (p) => p.dense(p.dense(p.state, 7, { activation: 'tanh' }), 1), { dtype, seed })

describe('gradients are those of differences', () => {
  const cases: [string, (rows: number) => Leapfrog][] = [
    ['a potential', () => new Leapfrog({ potential: network(2, 'f64'), t: [0, 1], dt: 0.21 })],
    [
      'order 4, all outputs',
      () => new Leapfrog({ potential: network(2, 'f64'), t: [0.5, 1, 1, 2.2], dt: 0.29, order: 4 }),
    ],
    [
      'backwards, repeated ends',
      () => new Leapfrog({ potential: network(2, 'f64'), t: [1, 1, 0.3, -0.5, -0.5], dt: 0.3 }),
    ],
    [
      'a force that depends on time',
      () => {
        const force = new Field(
          2,
          (p) => p.dense(p.dense(p.concat(p.state, p.time()), 5, { activation: 'softplus' }), 2),
          {
            ...f64,
            seed: 3,
          },
        )
        return new Leapfrog({ force, t: [0, 0.8, 2], dt: 0.29, output: 'all' })
      },
    ],
  ]
  describe.each(cases)('%s', (_, make) => {
    test.each([1, 3, 5, 17])('%d rows', (rows) => {
      const model = make(rows)
      const x = scatter(rows * 4, rows)
      const [y, pullback] = vjp(model, x)
      const w = scatter(y.length, 9)
      const { dx, dparams, dt } = pullback(w)
      const value = (input: ArrayLike<number> = x): number => inner(model.forward(Float64Array.from(input)), w)
      expect(relative(dx, differences(value, x))).toBeLessThan(1e-9)
      const block = model.field
      const wanted = differences((parameters) => at(block, parameters, value), block.parameters)
      expect(relative(dparams, wanted)).toBeLessThan(1e-9)
      const { potential, dt: step, order, t, output } = model
      const options = { dt: step, order, output, ...(potential ? { potential } : { force: model.field }) }
      // Times that stand together move together: their sum is what differences can see.
      const moved = (place: number, by: number): number => {
        const times = t.map((one) => (one === t[place] ? one + by : one))
        // No interval is a multiple of dt, where another step would come in.
        return inner(new Leapfrog({ ...options, t: times } as LeapfrogOptions).forward(x), w)
      }
      for (const place of t.keys()) {
        const together = Array.from(dt)
          .filter((_, i) => t[i] === t[place])
          .reduce((sum, one) => sum + one, 0)
        const slope = (moved(place, 1e-6) - moved(place, -1e-6)) / 2e-6
        expect(Math.abs(together - slope)).toBeLessThan(2e-7 * Math.max(1, Math.abs(slope)))
      }
      pullback.dispose()
    })
  })

  test('single precision has the same gradient', () => {
    const [wide, single] = (['f64', 'f32'] as const).map((dtype) => {
      const model = new Leapfrog({ potential: network(2, dtype), t: [0, 2], dt: 0.1 })
      const x = dtype === 'f32' ? Float32Array.from(scatter(12)) : Float64Array.from(Float32Array.from(scatter(12)))
      const [, pullback] = vjp(model, x)
      return pullback(scatter(12, 5))
    })
    expect(relative(single?.dparams ?? [], wide?.dparams ?? [])).toBeLessThan(1e-4)
    expect(relative(single?.dx ?? [], wide?.dx ?? [])).toBeLessThan(1e-4)
  })

  test('a potential that is not trained has no gradient', () => {
    const potential = network(2, 'f64')
    potential.rate = 0
    const model = new Leapfrog({ potential, t: [0, 1], dt: 0.2 })
    const [, pullback] = vjp(model, scatter(4))
    expect(pullback([1, 1, 1, 1]).dparams.every((value) => value === 0)).toBe(true)
  })
})
