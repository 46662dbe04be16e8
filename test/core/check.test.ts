import { describe, expect, test } from 'vitest'
import {
  STATUS_MAX_STEPS,
  STATUS_NON_FINITE_FIELD,
  STATUS_NON_FINITE_STATE,
  STATUS_STEP_UNDERFLOW,
} from '../../assembly/abi.ts'
import * as check from '../../src/core/check.ts'
import { DisposedError, SolveError } from '../../src/core/errors.ts'

const untyped = (value: unknown): never => value as never

describe('numbers', () => {
  test.each<[string, () => unknown, string]>([
    ['int: a fraction', () => check.checkInt('n', 1.5, 0, 9), 'n must be an integer from 0 to 9, got 1.5'],
    ['int: below', () => check.checkInt('n', -1, 0, 9), 'n must be an integer from 0 to 9, got -1'],
    ['int: above', () => check.checkInt('n', 10, 0, 9), 'n must be an integer from 0 to 9, got 10'],
    ['int: text', () => check.checkInt('n', untyped('3'), 0, 9), 'n must be an integer from 0 to 9, got "3"'],
    ['positive: 0', () => check.checkPositive('x', 0), 'x must be a finite number > 0, got 0'],
    ['positive: infinite', () => check.checkPositive('x', Infinity), 'x must be a finite number > 0, got Infinity'],
    ['non-negative: below', () => check.checkNonNegative('x', -1e-300), 'x must be a finite number >= 0, got -1e-300'],
    ['non-negative: NaN', () => check.checkNonNegative('x', Number.NaN), 'x must be a finite number >= 0, got NaN'],
    ['below: at the end', () => check.checkBelow('x', 1, 0, 1), 'x must be in [0, 1), got 1'],
    ['below: NaN', () => check.checkBelow('x', Number.NaN, 0, 1), 'x must be in [0, 1), got NaN'],
    ['within: above', () => check.checkWithin('x', 1.5, 0, 1), 'x must be a number from 0 to 1, got 1.5'],
    ['within: NaN', () => check.checkWithin('x', Number.NaN, 0, 1), 'x must be a number from 0 to 1, got NaN'],
    ['within: text', () => check.checkWithin('x', untyped('1'), 0, 1), 'x must be a number from 0 to 1, got "1"'],
    ['word', () => check.checkOneOf('w', untyped('c'), ['a', 'b']), 'w must be one of a, b, got "c"'],
    [
      'word: an object',
      () => check.checkOneOf('w', untyped({ a: 1 }), ['a', 'b']),
      'w must be one of a, b, got {"a":1}',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(RangeError)
    expect(call).toThrow(message)
  })

  test('what is right comes back', () => {
    expect(check.checkInt('n', 0, 0, 0)).toBe(0)
    expect(check.checkPositive('x', 5e-324)).toBe(5e-324)
    expect(check.checkNonNegative('x', 0)).toBe(0)
    expect(check.checkBelow('x', 0, 0, 1)).toBe(0)
    expect(check.checkWithin('x', 1, 0, 1)).toBe(1)
    expect(check.checkOneOf('w', 'b', ['a', 'b'])).toBe('b')
  })
})

describe('arrays', () => {
  test.each([[[1, 2]], [Float32Array.of(1, 2)], [Float64Array.of(1, 2)], [Object.freeze([1, 2])], [[]]])(
    '%j',
    (values) => {
      expect(check.checkNumbers('a', values as number[])).toBe(values)
    },
  )

  test.each([Float32Array, Float64Array])('%o: whatever is not finite is found, wherever it is', (Type) => {
    for (let length = 1; length <= 9; length++)
      for (let i = 0; i < length; i++)
        for (const bad of [Number.NaN, Infinity, -Infinity]) {
          const values = new Type(length).fill(Type === Float32Array ? 3.4e38 : 1.7e308)
          expect(check.checkNumbers('a', values)).toBe(values)
          values[i] = bad
          expect(() => check.checkNumbers('a', values)).toThrow(`a[${i}] is ${bad}, it must be finite`)
        }
  })

  test('missing values where they may be', () => {
    expect(check.checkNumbers('a', [1, Number.NaN], true)).toHaveLength(2)
    expect(() => check.checkNumbers('a', [1, Number.NaN])).toThrow('a[1] is NaN, it must be finite')
    expect(() => check.checkNumbers('a', [1, Infinity], true)).toThrow('a[1] is Infinity, it must be finite')
  })

  test('a detached array is not an empty one', () => {
    for (const array of [Float64Array.of(1), Float32Array.of(1), new Float64Array(0)]) {
      structuredClone(array.buffer, { transfer: [array.buffer] })
      expect(() => check.checkNumbers('a', array)).toThrow('a is detached: its buffer was transferred; pass a copy')
    }
    expect(check.checkNumbers('a', new Float64Array(0))).toHaveLength(0)
  })

  test('the precision follows the state', () => {
    expect(check.precisionOf([1])).toBe('f64')
    expect(check.precisionOf(new Float64Array(1))).toBe('f64')
    expect(check.precisionOf(new Float32Array(1))).toBe('f32')
  })

  test('states are rows', () => {
    expect(check.checkStates('x', [1, 2, 3, 4, 5, 6], 2, 'f32')).toBe(3)
    expect(check.checkStates('x', new Float32Array(6), 3, 'f32')).toBe(2)
    expect(() => check.checkStates('x', [1, 2, 3], 2, 'f32')).toThrow('x must hold rows of 2 numbers, got 3 numbers')
    expect(() => check.checkStates('x', new Float32Array(2), 2, 'f64')).toThrow(
      "x is a Float32Array but the model is f64: convert it, or make the model with dtype 'f32'",
    )
  })

  test('times go one way', () => {
    for (const times of [[0], [0, 1], [1, 0], [0, 0], [0, 0, 1, 1], [3, 2, 2, -1], [5, 5, 5], [9, 10, 100]]) {
      const checked = check.checkTimes('t', times)
      expect([...checked]).toEqual(times)
      expect(checked).not.toBe(times)
    }
    expect(() => check.checkTimes('t', [10, 9, 100])).toThrow('t must be monotonic, got t[1] = 9 after t[0] = 10')
    expect(() => check.checkTimes('t', [0, 1, 0.5])).toThrow('t must be monotonic, got t[2] = 0.5 after t[1] = 1')
    expect(() => check.checkTimes('t', [0, 1, 0])).toThrow('t must be monotonic, got t[1] = 1 after t[0] = 0')
    expect(() => check.checkTimes('t', [])).toThrow('t must hold at least the start time')
  })
})

describe('errors', () => {
  const stats = {
    nfe: 8,
    steps: 3,
    accepted: 2,
    rejected: 1,
    dtMin: 0.1,
    dtMax: 0.2,
    njev: 0,
    nlu: 0,
    kinks: 0,
    stiff: undefined,
  }
  const failure = { t: 0.31, t1: 1, step: 1e-17, row: 2, component: 4, stats, y: Float64Array.of(7) }

  test.each([
    [
      STATUS_MAX_STEPS,
      'max steps',
      /3 steps reached t = 0\.31 of 1; the step is held by y\[4\] of row 2\. Loosen rtol\/atol, raise maxSteps, or the field may be stiff\.$/,
    ],
    [
      STATUS_STEP_UNDERFLOW,
      'step underflow',
      /at t = 0\.31 of 1 the step 1e-17 is too small to advance; the step is held by y\[4\] of row 2\./,
    ],
    [
      STATUS_NON_FINITE_FIELD,
      'non-finite field',
      /near t = 0\.31 of 1 the derivative of y\[4\] of row 2 is not finite\./,
    ],
    [STATUS_NON_FINITE_STATE, 'non-finite state', /after t = 0\.31 of 1 the value y\[4\] of row 2 is not finite\./],
  ])('status %i says what happened and what to do', (status, name, sentence) => {
    const error = new SolveError({ ...failure, status })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'SolveError', status: name, t: 0.31, step: 1e-17, row: 2, component: 4, stats })
    expect(String(error).replace(`SolveError (${name}): `, `${name}: `)).toBe(error.message)
    expect(error.message).toMatch(sentence)
  })

  test('nothing is said of a step that nothing holds', () => {
    for (const status of [STATUS_MAX_STEPS, STATUS_STEP_UNDERFLOW])
      expect(new SolveError({ ...failure, row: -1, component: -1, status }).message).not.toMatch(/held|y\[/)
  })

  test('max steps of a stiff field: where, and what to take', () => {
    const stiff = { ...failure, stats: { ...stats, stiff: 0.25 }, status: STATUS_MAX_STEPS }
    expect(new SolveError(stiff).message).toMatch(
      /may be stiff\. It is, near t = 0\.25: use rodas4 from relode\/methods\.$/,
    )
  })

  test('a single row is not counted', () => {
    expect(new SolveError({ ...failure, row: 0, status: STATUS_NON_FINITE_STATE }).message).toContain(
      'the value y[4] is not',
    )
  })

  test('disposed', () => {
    expect(new DisposedError('the field')).toMatchObject({
      name: 'DisposedError',
      message: 'the field is disposed: its memory was given back; make a new one',
    })
  })
})
