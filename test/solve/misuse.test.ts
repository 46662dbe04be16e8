// Arguments nobody can solve with: each is refused before the field is called once, by an error that names the argument.

import { afterEach, describe, expect, test } from 'vitest'
import { OutOfMemoryError } from '../../src/core/boundary.ts'
import { Compose } from '../../src/models/compose.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { dopri5, euler, rk4 } from '../../src/tableaus/index.ts'

let calls = 0
const field = (_: number, y: ArrayLike<number>, dy: { [i: number]: number }): void => {
  calls++
  for (let i = 0; i < y.length; i++) dy[i] = -(y[i] as number)
}

/** Not a value of that type: what plain JavaScript may pass. */
const untyped = (value: unknown): never => value as never

afterEach(() => {
  // Whatever was refused, the next solve is right.
  expect(odeint(field, [1], [0, 1]).y[0]).toBeCloseTo(Math.exp(-1), 6)
  calls = 0
})

function refused(
  y0: unknown,
  ts: unknown,
  options: OdeintOptions,
  error: new (...args: never[]) => Error,
  message: string | RegExp,
): void {
  const before = performance.now()
  let thrown: unknown
  try {
    odeint(field, untyped(y0), untyped(ts), options)
  } catch (caught) {
    thrown = caught
  }
  expect(thrown).toBeInstanceOf(error)
  expect((thrown as Error).message).toMatch(message)
  expect(calls).toBe(0)
  expect(performance.now() - before).toBeLessThan(2000)
}

function detached(): Float64Array {
  const array = Float64Array.of(1, 2, 3)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}

describe('y0', () => {
  test.each<[string, unknown, new () => Error, string | RegExp]>([
    ['NaN', [0, 1, 2, Number.NaN], RangeError, 'y0[3] is NaN, it must be finite'],
    ['NaN in a Float32Array', Float32Array.of(0, Number.NaN), RangeError, 'y0[1] is NaN'],
    ['infinite', [Number.NEGATIVE_INFINITY], RangeError, 'y0[0] is -Infinity'],
    ['null', [0, null], TypeError, 'y0[1] must be a number, got null'],
    ['a string', ['1'], TypeError, 'y0[0] must be a number, got "1"'],
    ['an array', [[1]], TypeError, 'y0[0] must be a number, got Array'],
    ['a hole', Object.assign(new Array(3), [1]), TypeError, 'y0[1] must be a number, got undefined'],
    ['a bigint', [1n], TypeError, 'y0[0] must be a number, got 1n'],
    ['empty', [], RangeError, 'y0 must hold at least one number, got none'],
    ['an empty Float64Array', new Float64Array(0), RangeError, 'y0 must hold at least one number'],
    ['a number', 1, TypeError, 'y0 must be an array of numbers, a Float32Array or a Float64Array, got 1'],
    ['missing', undefined, TypeError, 'got undefined'],
    ['integers', Int32Array.of(1), TypeError, 'got Int32Array'],
    ['a view of bytes', new DataView(new ArrayBuffer(8)), TypeError, 'got DataView'],
    ['an object', { length: 1, 0: 1 }, TypeError, 'got {"0":1,"length":1}'],
    ['detached', detached(), TypeError, 'y0 is detached: its buffer was transferred; pass a copy'],
  ])('%s', (_, y0, error, message) => refused(y0, [0, 1], {}, error, message))

  test('shared memory is copied', () => {
    const y0 = new Float64Array(new SharedArrayBuffer(16))
    y0.set([1, 2])
    expect(odeint(field, y0, [0, 1]).ys).toEqual(odeint(field, [1, 2], [0, 1]).ys)
  })

  test('a network takes rows of its dim, in its precision', () => {
    using network = new MLP([2, 4, 2])
    expect(() => odeint(network, [1, 2, 3], [0, 1])).toThrow('y0 must hold rows of 2 numbers, got 3 numbers')
    expect(() => odeint(network, Float64Array.of(1, 2), [0, 1])).toThrow('y0 is a Float64Array but the model is f32')
    expect(() => odeint(network, [1, Number.NaN], [0, 1])).toThrow('y0[1] is NaN')
    const { ys, stats } = odeint(network, [], [0, 1, 2])
    expect(ys).toEqual([new Float32Array(0), new Float32Array(0), new Float32Array(0)])
    expect(stats.accepted).toBe(0)
    network.dispose()
    expect(() => odeint(network, [1, 2], [0, 1])).toThrow('the block is disposed')
  })
})

describe('ts', () => {
  test.each<[string, unknown, new () => Error, string | RegExp]>([
    ['NaN', [0, Number.NaN], RangeError, 'ts[1] is NaN'],
    ['infinite', [0, Number.POSITIVE_INFINITY], RangeError, 'ts[1] is Infinity'],
    ['empty', [], RangeError, 'ts must hold at least the start time'],
    ['turning back', [0, 2, 1, 3], RangeError, 'ts must be monotonic, got ts[2] = 1 after ts[1] = 2'],
    ['turning back, backward', [3, 1, 2, 0], RangeError, 'ts must be monotonic, got ts[2] = 2 after ts[1] = 1'],
    ['back at the start', [0, 1, 0], RangeError, 'ts must be monotonic, got ts[1] = 1 after ts[0] = 0'],
    ['beyond the end', [0, 2, 1], RangeError, 'ts must be monotonic, got ts[2] = 1'],
    ['strings', ['0', '1'], TypeError, 'ts[0] must be a number, got "0"'],
    ['one number', 1, TypeError, 'ts must be an array of numbers'],
    ['a date', [new Date(0), new Date(1)], TypeError, 'ts[0] must be a number, got Date'],
    ['detached', detached(), TypeError, 'ts is detached'],
  ])('%s', (_, ts, error, message) => refused([1], ts, {}, error, message))
})

describe('options', () => {
  test.each<[string, object, new () => Error, string | RegExp]>([
    ['rtol < 0', { rtol: -0.001 }, RangeError, 'rtol must be >= 0, got -0.001'],
    ['rtol NaN', { rtol: Number.NaN }, RangeError, 'rtol must be >= 0, got NaN'],
    ['rtol infinite', { rtol: Number.POSITIVE_INFINITY }, RangeError, /^rtol must be .*Infinity/],
    ['rtol text', { rtol: '1e-3' }, TypeError, /^rtol must be a number or an array/],
    ['rtol an object', { rtol: { length: 2 ** 31 } }, TypeError, /^rtol must be a number or an array/],
    ['rtol of another length', { rtol: [1e-3] }, RangeError, 'rtol must be one number or 2, one per component, got 1'],
    ['rtol of one component', { rtol: [1e-3, -1] }, RangeError, 'rtol[1] must be >= 0, got -1'],
    ['atol < 0', { atol: -1 }, RangeError, 'atol must be >= 0, got -1'],
    ['atol NaN', { atol: Number.NaN }, RangeError, 'atol must be >= 0, got NaN'],
    ['atol of one component', { atol: Float64Array.of(-1, 1) }, RangeError, 'atol[0] must be >= 0, got -1'],
    ['atol holds text', { atol: [1, 'x'] }, TypeError, /^atol\[1\] must be/],
    ['no tolerance', { rtol: 0, atol: 0 }, RangeError, 'atol[0] must be > 0 where rtol is 0'],
    ['no tolerance of one component', { rtol: [1, 0], atol: 0 }, RangeError, 'atol[1] must be > 0 where rtol is 0'],
    ['dt 0', { dt: 0 }, RangeError, 'dt must be a finite number > 0, got 0'],
    ['dt < 0', { dt: -1 }, RangeError, 'dt must be a finite number > 0, got -1'],
    ['dt NaN', { dt: Number.NaN }, RangeError, 'dt must be a finite number > 0, got NaN'],
    ['dt tiny', { dt: 1e-300 }, RangeError, /^number of steps/],
    ['steps 0', { steps: 0 }, RangeError, 'steps must be an integer from 1'],
    ['steps 1.5', { steps: 1.5 }, RangeError, 'steps must be an integer from 1'],
    ['steps and dt', { steps: 5, dt: 0.1 }, RangeError, 'dt and steps exclude each other'],
    ['dt0 0', { dt0: 0 }, RangeError, 'dt0 must be a finite number > 0, got 0'],
    ['dt0 NaN', { dt0: Number.NaN }, RangeError, 'dt0 must be'],
    ['dtMin < 0', { dtMin: -1 }, RangeError, 'dtMin must be a finite number >= 0, got -1'],
    ['dtMax 0', { dtMax: 0 }, RangeError, 'dtMax must be a finite number > 0, got 0'],
    ['dtMax NaN', { dtMax: Number.NaN }, RangeError, 'dtMax must be'],
    ['dtMin > dtMax', { dtMin: 2, dtMax: 1 }, RangeError, 'dtMin must be <= dtMax, got 2 > 1'],
    ['maxSteps 0', { maxSteps: 0 }, RangeError, 'maxSteps must be an integer from 1'],
    ['maxSteps NaN', { maxSteps: Number.NaN }, RangeError, 'maxSteps must be an integer'],
    ['maxSteps infinite', { maxSteps: Number.POSITIVE_INFINITY }, RangeError, 'maxSteps must be an integer'],
    [
      'solver by name',
      { solver: 'dopri5' },
      TypeError,
      'solver must be a tableau such as dopri5 (import it), got "dopri5"',
    ],
    ['solver a function', { solver: () => dopri5 }, TypeError, 'solver must be a tableau'],
    ['solver empty', { solver: {} }, RangeError, /^tableau name must be/],
    ['solver with a wrong row', { solver: { ...rk4, b: [1, 1, 1, 1] } }, RangeError, /^tableau rk4: b must sum to 1/],
    ['no error estimate, no steps', { solver: euler }, RangeError, 'euler has no error estimate: give dt or steps'],
  ])('%s', (_, options, error, message) => refused([1, 2], [0, 1], options as OdeintOptions, error, message))

  test('a tableau of too many stages', () => {
    const n = 33
    const zeros = (length: number): number[] => new Array<number>(length).fill(0)
    const solver = {
      ...euler,
      name: 'long',
      c: zeros(n),
      a: Array.from({ length: n }, (_, i) => zeros(i)),
      b: [1, ...zeros(n - 1)],
      dense: { order: 1, rows: Array.from({ length: n }, (_, i) => [i === 0 ? 1 : 0]) },
    }
    refused([1], [0, 1], { solver, steps: 1 }, RangeError, 'tableau long must have at most 32 stages, got 33')
  })
})

test('a field that is none', () => {
  for (const none of [undefined, null, 'f', 3, {}, [1]]) {
    expect(() => odeint(untyped(none), [1], [0, 1])).toThrow(/^field must be a function \(t, y, dy\) or a Field, got/)
  }
})

test('parameters for every step are for fixed steps', () => {
  using layered = new MLP([1, 3, 1], { dtype: 'f64', layers: 3 })
  const message = 'steps or dt must be given where the field has parameters for every step: layers, and no span'
  expect(() => odeint(layered, [1], [0, 1])).toThrow(new RangeError(message))
  expect(() => new NeuralODE(layered).forward([1])).toThrow(new RangeError(message))
  expect(odeint(layered, [1], [0, 1], { steps: 3 }).stats.accepted).toBe(3)
  using spread = new MLP([1, 3, 1], { dtype: 'f64', layers: 3, span: 1 })
  expect(odeint(spread, [1], [0, 1]).status).toBe('ok')
})

test('more output than memory', () => {
  // A million components at 600 times: 5 GB. Counted before anything is allocated.
  const ts = Float64Array.from({ length: 600 }, (_, i) => i)
  refused(new Float64Array(2 ** 20), ts, {}, OutOfMemoryError, /^5033164800 bytes do not fit into the core's memory/)
})

test('what the caller passes is never written to', () => {
  const y0 = Object.freeze([1, 2])
  const ts = Object.freeze([0, 0.5, 1])
  const tolerances = Object.freeze({ rtol: Object.freeze([1e-5, 0]), atol: Object.freeze([0, 1e-300]) })
  odeint(field, y0, ts, tolerances)
  const [typed, times, rtol] = [Float64Array.of(1, 2), Float64Array.of(0, 1), Float64Array.of(0, 1e-20)]
  const solution = odeint(field, typed, times, { rtol })
  solution.ys[0]?.fill(9)
  solution.ts.fill(9)
  expect([...typed, ...times, ...rtol]).toEqual([1, 2, 0, 1, 0, 1e-20])
})

test('a model of what is no network', () => {
  const identity = (_: number, y: ArrayLike<number>) => y
  const message = 'field must be a network such as an MLP, got a function: odeint takes functions'
  for (const Model of [NeuralODE, Compose]) expect(() => new Model(identity as never)).toThrow(new TypeError(message))
  expect(() => new NeuralODE(undefined as never)).toThrow('field must be a network such as an MLP, got undefined')
})
