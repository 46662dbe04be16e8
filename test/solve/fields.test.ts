// What a field does besides computing: throwing, returning odd things, solving within itself, growing the core's memory,
// writing where it should not.

import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { SolveError } from '../../src/core/errors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
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
      expect(() => odeint((_, u) => u.map((v) => v * v), [1], [0, 2])).toThrow(SolveError)
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

  test('do not reach the solution later', () => {
    const kept: (Float32Array | Float64Array)[] = []
    const keeper: FieldFunction = (t, y, dy) => {
      spin(t, y, dy)
      kept.push(y, dy)
    }
    const solution = odeint(keeper, [1, 2], [0, 0.3, 4])
    for (const array of kept) array.fill(7)
    expect(solution.ys).toEqual(plain.ys)
    expect(solution.at(1.5)).toEqual(plain.at(1.5))
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

describe('fields that throw', () => {
  test.each<[string, OdeintOptions]>([
    ['adaptive', { rtol: 1e-9, atol: 1e-9 }],
    ['adaptive without dense output', { rtol: 1e-9, atol: 1e-9, dense: false }],
    ['fixed', { solver: rk4, steps: 60 }],
  ])('%s: at any call up to the 200th, the same error object', (_, options) => {
    let calls = 0
    const counted: FieldFunction = (t, y, dy) => {
      calls++
      spin(t, y, dy)
    }
    const clean = odeint(counted, [1, 2], [0, 1, 20], options)
    expect(clean.stats.nfe).toBeGreaterThan(200)
    for (let k = 1; k <= 200; k++) {
      calls = 0
      const error = new Error(`call ${k}`)
      const broken: FieldFunction = (t, y, dy) => {
        counted(t, y, dy)
        if (calls === k) throw error
      }
      let thrown: unknown
      try {
        odeint(broken, [1, 2], [0, 1, 20], options)
      } catch (caught) {
        thrown = caught
      }
      expect(thrown).toBe(error)
      expect(calls).toBe(k)
    }
    expect(odeint(counted, [1, 2], [0, 1, 20], options).ys).toEqual(clean.ys)
  })

  test('anything may be thrown', () => {
    for (const thing of [undefined, null, 0, 'text', { status: 1 }, new WebAssembly.RuntimeError('mine')]) {
      let thrown: unknown = 'nothing'
      try {
        odeint(
          () => {
            throw thing
          },
          [1],
          [0, 1],
        )
      } catch (caught) {
        thrown = caught
      }
      expect(thrown).toBe(thing)
    }
  })
})

describe('what a field may return', () => {
  test.each<[string, unknown, string | RegExp]>([
    ['too many values', [1, 2, 3], 'field returned 3 values, expected 2'],
    ['too few values', [1], 'field returned 1 values, expected 2'],
    ['a number', 7, /^field returned 7: write dy, or return an array of 2 numbers/],
    ['text', '12', /^field returned "12"/],
    ['null', null, /^field returned null/],
    ['a promise', Promise.resolve([1, 2]), /^field returned Promise/],
    ['true', true, /^field returned true/],
  ])('not %s', (_, value, message) => {
    let thrown: unknown
    try {
      odeint(() => value as never, [1, 2], [0, 1])
    } catch (caught) {
      thrown = caught
    }
    expect(thrown).toBeInstanceOf(TypeError)
    expect((thrown as Error).message).toMatch(message)
  })

  test('dy itself, y itself, or its own array', () => {
    const twice = odeint((_, y, dy) => void dy.set(y), [1, 2], [0, 1]).ys
    const same: FieldFunction = (_, y, dy) => {
      dy.set(y)
      return dy
    }
    expect(odeint(same, [1, 2], [0, 1]).ys).toEqual(twice)
    expect(odeint((_, y) => y, [1, 2], [0, 1]).ys).toEqual(twice)
    const own = [0, 0]
    const list: FieldFunction = (_, y) => {
      own.splice(0, 2, ...y)
      return own
    }
    expect(odeint(list, [1, 2], [0, 1]).ys).toEqual(twice)
  })
})
