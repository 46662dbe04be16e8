import { describe, expect, test } from 'vitest'
import { SolveError } from '../../src/core/errors.ts'
import type { Builder, Register } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { type AffineFlow, type AffineFlowOptions, affineFlow } from '../../src/theory/affine-flow.ts'
import { network } from '../support/relu-problems.ts'

const field = (dim: number, write: (p: Builder) => Register, parameters: readonly number[] = []): Field => {
  const made = new Field(dim, write, { dtype: 'f64' })
  made.parameters = parameters
  return made
}

const near = (a: ArrayLike<number>, b: readonly number[], tolerance = 1e-14): void => {
  expect(a.length).toBe(b.length)
  for (const [i, v] of b.entries()) expect(Math.abs((a[i] as number) - v)).toBeLessThan(tolerance * (1 + Math.abs(v)))
}

describe('programs that are affine but for one layer', () => {
  test('of every op: add, scale, slice, concat, mul by a constant, activations by themselves', () => {
    // (u, v)' = (3 relu(v - 1) - 2 u, 1), from (1, 0)
    const made = field(
      2,
      (p) => {
        const [u, v] = [p.slice(p.state, 0, 1), p.slice(p.state, 1, 1)]
        const unit = p.activate(p.dense(v, 1, { name: 'shift' }), 'relu')
        const nothing = p.scale(u, 0)
        const three = p.dense(nothing, 1, { name: 'three' })
        const du = p.add(p.mul(unit, three), p.scale(u, -2))
        const one = p.activate(p.dense(nothing, 1, { name: 'one' }), 'identity')
        return p.concat(du, one)
      },
      [1, -1, 5, 3, 7, 1],
    )
    // From t = 1 on u' = 3 (t - 1) - 2 u: (3 s - 3/2) / 2 + (e^-2 + 3/4) e^(-2 s) behind s = t - 1.
    const { ys, crossings } = affineFlow(made, [1, 0], [0, 1, 3])
    near(ys[1] as Float64Array, [Math.exp(-2), 1])
    near(ys[2] as Float64Array, [2.25 + (Math.exp(-2) + 0.75) * Math.exp(-4), 3])
    near(
      crossings.map(({ t }) => t),
      [1],
    )
  })

  test('the same network as one dense layer and as several: the same numbers', () => {
    const direct = network([2, 2, 2], [1, 2, -1, 0.5, 0.1, -0.2, -1, 0.5, 0.25, -2, 0.3, -0.4])
    const deep = field(
      2,
      (p) => {
        const turned = p.dense(p.state, 2, { name: 'turned' })
        const units = p.dense(turned, 2, { name: 'units', activation: 'relu' })
        return p.dense(p.concat(p.slice(units, 1, 1), p.slice(units, 0, 1)), 2, { name: 'out' })
      },
      // Swaps the components, and the units behind them.
      [0, 1, 1, 0, 0, 0, 2, 1, 0.5, -1, 0.1, -0.2, 0.5, -1, -2, 0.25, 0.3, -0.4],
    )
    const [a, b] = [affineFlow(direct, [0.2, 0.6], [0, 2]), affineFlow(deep, [0.2, 0.6], [0, 2])]
    near(a.y, [...b.y])
    expect(a.crossings.map(({ unit }) => unit)).toEqual(b.crossings.map(({ unit }) => unit))
    expect(a.crossings.length).toBeGreaterThan(0)
  })

  test('no unit at all: a linear field', () => {
    const turn = field(2, (p) => p.dense(p.state, 2, { bias: false }), [0, -3, 3, 0])
    const { y, pieces } = affineFlow(turn, [1, 0], [0, 20])
    near(y, [Math.cos(60), Math.sin(60)], 1e-13)
    expect(pieces).toBe(1)
    // And one that rests.
    near(
      affineFlow(
        field(1, (p) => p.scale(p.state, 0)),
        [3],
        [0, 1e6],
      ).y,
      [3],
    )
  })

  test('time is one more component', () => {
    // y' = relu(t - 1) - relu(t - 2), from anywhere, in both directions
    const made = new MLP([2, 2, 1], { time: 'concat', dtype: 'f64' })
    made.parameters = [0, 1, 0, 1, -1, -2, 1, -1, 0]
    const flow = affineFlow(made, [5], [0, 1, 1.5, 2, 4])
    near(
      flow.ys.map(([y]) => y as number),
      [5, 5, 5.125, 5.5, 7.5],
    )
    near(
      flow.crossings.map(({ t }) => t),
      [1, 2],
    )
    expect(flow.y).toHaveLength(1)
    near(flow.derivativeAt(1.5), [0.5])
    near(affineFlow(made, [7.5], [4, 0]).y, [5])
    const rows = affineFlow(made, [5, 1, -2], [0, 4])
    near(rows.y, [7.5, 3.5, 0.5])
    // Beside the most components there may be: y_i' = i relu(t - 1).
    const wide = new MLP([33, 1, 32], { time: 'concat', dtype: 'f64' })
    const slopes = Array.from({ length: 32 }, (_, i) => i)
    wide.parameters = [...new Array<number>(32).fill(0), 1, -1, ...slopes, ...new Array<number>(32).fill(0)]
    near(
      affineFlow(wide, new Float64Array(32), [0, 3]).y,
      slopes.map((i) => 2 * i),
    )
  })

  test('components of very different size do not blur each other', () => {
    // Two saturations side by side, one in units of 1e-9.
    const made = network([2, 2, 2], [1, 0, 0, 1, 0, 0, -1, 0, 0, -1, 1e6, 1e-9])
    const { y, crossings } = affineFlow(made, [-1e6, -2e-9], [0, 5])
    const end = [-1e6 * Math.expm1(-4), -1e-9 * Math.expm1(-3)]
    for (const [i, v] of end.entries()) expect(Math.abs((y[i] as number) / v - 1)).toBeLessThan(1e-13)
    near(
      crossings.map(({ t }) => t),
      [1, 2],
    )
  })
})

describe('what is refused, and by which name', () => {
  const refused = (made: unknown, message: string | RegExp): void => {
    expect(() => affineFlow(made as Field, [1], [0, 1])).toThrow(message)
  }

  test('other fields', () => {
    const one = 'units; use odeint'
    refused(new MLP([1, 4, 1], { activation: 'tanh' }), `field applies tanh: affineFlow solves fields that are affine`)
    refused(new MLP([1, 4, 1], { activation: 'tanh' }), one)
    refused(new MLP([1, 4, 4, 1]), 'field has a second layer, units of units')
    refused(new MLP([1, 4, 1], { outputActivation: 'relu' }), 'field has a second layer, units of units')
    refused(
      field(1, (p) => p.mul(p.state, p.state)),
      'field multiplies two things that depend on the state',
    )
    // relu(sin(2 pi t)): bends in time, but is not affine between.
    refused(
      field(1, (p) => p.activate(p.activate(p.scale(p.time(), 2 * Math.PI), 'sin'), 'relu')),
      'field applies sin',
    )
    refused(new MLP([1, 4, 1], { layers: 3 }), 'field has 3 layers, one after the other')
    refused(new MLP([1, 4, 1], { layers: 3, span: 1 }), 'field has parameters that depend on time')
    refused(new MLP([33, 4, 33]), 'the dim of field must be an integer from 1 to 32, got 33')
    refused(() => 0, 'field must be a Field, such as an MLP, got function')
  })

  test('other arguments', () => {
    const made = network([1, 1, 1], [1, 0, -1, 1])
    const call = (y0: unknown, ts: unknown, options?: AffineFlowOptions) => () =>
      affineFlow(made, y0 as number[], ts as number[], options)
    expect(call([Number.NaN], [0, 1])).toThrow('y0[0] is NaN')
    expect(call(['1'], [0, 1])).toThrow('y0[0] must be a number')
    expect(call([1], [0, 2, 1])).toThrow('ts must be monotonic')
    expect(call([1], [0, Number.POSITIVE_INFINITY])).toThrow('ts[1] is Infinity')
    expect(call([1], [])).toThrow('ts must hold at least the start time')
    expect(call([1], [0, 1], { maxPieces: 0 })).toThrow('maxPieces must be an integer from 1')
    expect(call([1], [0, 1], { maxStretches: 1.5 })).toThrow('maxStretches must be an integer from 1')
    expect(() => affineFlow(network([2, 1, 2], [1, 0, 0, 1, 1, 0, 0]), [1, 2, 3], [0, 1])).toThrow(
      'y0 must hold rows of 2 numbers, got 3 numbers',
    )
  })
})

describe('what cannot reach its end', () => {
  const failure = (call: () => AffineFlow): SolveError => {
    try {
      call()
    } catch (error) {
      if (error instanceof SolveError) return error
      throw error
    }
    throw new Error('it should have failed')
  }
  // y1, y2 turn once in 2 pi; the unit y1 changes twice in every turn.
  const turning = field(
    2,
    (p) =>
      p.add(
        p.dense(p.dense(p.state, 1, { activation: 'relu', bias: false }), 2, { bias: false }),
        p.dense(p.state, 2, { bias: false }),
      ),
    [1, 0, 0, 0, 0, -1, 1, 0],
  )

  test('too many pieces: the time, what there is until then, and the cure', () => {
    const error = failure(() => affineFlow(turning, [1, 0], [0, 5, 20, 1000], { maxPieces: 10 }))
    // The tenth change is at pi / 2 + 9 pi.
    near([error.t], [9.5 * Math.PI], 1e-13)
    expect(error.status).toBe('max pieces')
    expect(error.message).toBe(`max pieces: 10 pieces reached t = ${error.t} of 1000. Raise maxPieces, or end earlier.`)
    near(error.y, [0, -1], 1e-13)
    const part = error.solution
    expect([...(part?.ts ?? [])]).toEqual([0, 5, 20])
    near(part?.at(25) as Float64Array, [Math.cos(25), Math.sin(25)], 1e-13)
    expect(() => part?.at(30)).toThrow('t must lie in [0, ')
  })

  test('too many stretches', () => {
    const error = failure(() => affineFlow(turning, [0, 0.5], [0, -1000], { maxStretches: 50 }))
    expect(error.message).toMatch(/^max stretches: 50 stretches reached t = -\d+\.\d+ of -1000\. Raise maxStretches/)
    near(error.y, [0.5 * Math.sin(-error.t), 0.5 * Math.cos(error.t)], 1e-13)
  })

  test('in a batch the row that comes least far is named, and all have come as far', () => {
    const error = failure(() => affineFlow(turning, [0, 0, 0, 1, 1, 0], [0, 1, 1000], { maxPieces: 3 }))
    // Of (1, 0) the third change is at 2.5 pi, of (0, 1), which starts with one, at 3 pi.
    expect([error.row, error.status]).toEqual([2, 'max pieces'])
    expect(error.message).toMatch(/^max pieces: 3 pieces of row 2 reached/)
    near([error.t], [2.5 * Math.PI])
    near(error.y, [0, 0, -1, 0, 0, 1], 1e-13)
  })

  test('a solution that overflows: its last time, the component, and no NaN', () => {
    const growing = network([1, 1, 1], [1, 0, 0.5, 0])
    const error = failure(() => affineFlow(growing, [-1, 1], [0, 500, 10000]))
    expect([error.status, error.row, error.component]).toEqual(['non-finite state', 1, 0])
    expect(error.message).toMatch(/the value of y\[0\] of row 1 is not finite\. The solution grows beyond all doubles/)
    // e^(t / 2) is a double until 1419.6.
    expect(error.t).toBeGreaterThan(1416)
    expect(error.t).toBeLessThan(1420)
    expect(error.y.every(Number.isFinite)).toBe(true)
    near([(error.solution?.ys[1]?.[1] as number) / Math.exp(250)], [1], 1e-12)
    const fast = failure(() => affineFlow(network([1, 1, 1], [1, 0, 10, 0]), [1], [0, 1000]))
    expect([fast.status, fast.row, fast.component]).toEqual(['non-finite field', 0, 0])
    expect(fast.message).toMatch(/the derivative of y\[0\] is not finite/)
    const huge = failure(() => affineFlow(network([1, 1, 1], [1e200, 0, 1e200, 0]), [1], [0, 1]))
    expect([huge.status, huge.t]).toEqual(['non-finite field', 0])
  })
})
