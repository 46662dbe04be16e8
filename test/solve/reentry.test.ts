// What a field does besides computing: solving within itself, growing the core's memory, writing where it should not.

import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { rk4 } from '../../src/tableaus/index.ts'
import { scatter } from '../support/gradients.ts'

const spin: FieldFunction = (t, y, dy) => {
  dy[0] = (y[1] as number) + Math.cos(t)
  dy[1] = -(y[0] as number)
}
const plain = odeint(spin, [1, 2], [0, 0.3, 4])

describe('a solve inside a field', () => {
  test('of any kind does not disturb the one outside', () => {
    using network = new MLP([3, 9, 3], { dtype: 'f64' })
    const node = new NeuralODE(network, { t: [0, 1], rtol: 1e-4, atol: 1e-4 })
    let inner = 0
    const nested: FieldFunction = (t, y, dy) => {
      // Of another size each time, and now and then large enough to make the memory grow under the solve outside.
      odeint((_, u, du) => void du.set(u), scatter(1 + (inner++ % 7) * 300), [0, 0.1], { solver: rk4, steps: 2 })
      if (inner % 5 === 0) {
        const [, pullback] = vjp(node, scatter(9, inner))
        pullback(scatter(9))
        pullback.dispose()
      }
      if (inner === 40)
        odeint((_, __, du) => void du.fill(1), new Float64Array(200_000), [0, 1], { solver: rk4, steps: 3 })
      spin(t, y, dy)
    }
    const outer = odeint(nested, [1, 2], [0, 0.3, 4])
    expect(outer.ys).toEqual(plain.ys)
    expect(outer.at(2.5)).toEqual(plain.at(2.5))
    expect(inner).toBe(plain.stats.nfe)
  })

  test('four deep, and with an error from the bottom', () => {
    const deep = (levels: number): number => {
      const field: FieldFunction = (_, __, dy) => {
        dy[0] = levels === 0 ? 2 : deep(levels - 1)
      }
      return odeint(field, [0], [0, 1], { solver: rk4, steps: 1 }).y[0] as number
    }
    expect(deep(4)).toBeCloseTo(2, 12)
    const error = new Error('from the bottom')
    const bottom = (levels: number): void => {
      odeint(
        () => {
          if (levels === 0) throw error
          bottom(levels - 1)
        },
        [0],
        [0, 1],
      )
    }
    expect(() => bottom(4)).toThrow(error)
    expect(odeint(spin, [1, 2], [0, 0.3, 4]).ys).toEqual(plain.ys)
  })

  test('one that is caught inside goes on outside', () => {
    const field: FieldFunction = (t, y, dy) => {
      expect(() => odeint((_, u, du) => void (du[0] = (u[0] as number) ** 2), [1], [0, 2])).toThrow(
        'SolveError' && /underflow|finite/,
      )
      spin(t, y, dy)
    }
    expect(odeint(field, [1, 2], [0, 0.3, 4]).ys).toEqual(plain.ys)
  })
})

describe('the arrays a field is given', () => {
  test('y is its own copy', () => {
    const scribbler: FieldFunction = (t, y, dy) => {
      spin(t, y, dy)
      y.fill(Number.NaN)
    }
    expect(odeint(scribbler, [1, 2], [0, 0.3, 4]).ys).toEqual(plain.ys)
    using network = new MLP([2, 4, 2], { dtype: 'f64' })
    const solution = odeint((_, y) => network.forward(y), [1, 2], [0, 1], { rtol: 1e-8 })
    expect(solution.ys).toEqual(odeint(network, [1, 2], [0, 1], { rtol: 1e-8 }).ys)
  })

  test('kept ones do not reach the solver later', () => {
    const kept: ArrayLike<number>[] = []
    const collector: FieldFunction = (t, y, dy) => {
      for (const array of kept as Float64Array[]) array.fill(7)
      spin(t, Float64Array.from(t === 0 && kept.length === 0 ? y : y), dy)
      kept.push(y.slice(), dy.slice())
    }
    expect(odeint(collector, [1, 2], [0, 0.3, 4]).ys).toEqual(plain.ys)
  })

  test('cannot be transferred away', () => {
    for (const which of ['y', 'dy'] as const) {
      const thief: FieldFunction = (t, y, dy) => {
        spin(t, y, dy)
        const { buffer } = which === 'y' ? y : dy
        structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
      }
      expect(() => odeint(thief, [1, 2], [0, 4])).toThrow('field detached y or dy')
    }
    expect(odeint(spin, [1, 2], [0, 0.3, 4]).ys).toEqual(plain.ys)
  })

  test('in float32 a field sees float32', () => {
    const seen = new Set<string>()
    const looker: FieldFunction = (t, y, dy) => {
      seen.add(`${typeof t} ${y.constructor.name} ${dy.constructor.name} ${y.length}`)
      spin(t, y, dy)
    }
    const { y } = odeint(looker, Float32Array.of(1, 2), [0, 4])
    expect(y).toBeInstanceOf(Float32Array)
    expect([...seen]).toEqual(['number Float32Array Float32Array 2'])
  })
})
