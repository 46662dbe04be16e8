import { describe, expect, test } from 'vitest'
import { Affine } from '../../src/program/affine.ts'

describe('an array for the result', () => {
  // Below and above the length from which the engine copies instead of a loop.
  test.each<[number, 'f32' | 'f64']>([
    [1, 'f32'],
    [3, 'f64'],
    [17, 'f32'],
    [400, 'f64'],
  ])('%i rows of %s: the bits of a new one, whatever was in it', (rows, dtype) => {
    using block = new Affine(3, 5, { dtype, activation: 'tanh', seed: 4 })
    const x = array(dtype, 3 * rows, (i) => Math.sin(i))
    const out = array(dtype, 5 * rows, () => Number.NaN)
    expect(block.forward(x, 0, out)).toBe(out)
    expect(out).toEqual(block.forward(x))
  })

  test('it may be x, or lie in its buffer', () => {
    using block = new Affine(64, 64, { activation: 'relu', seed: 4 })
    const x = array('f32', 128, (i) => Math.cos(i)) as Float32Array
    const wanted = block.forward(x)
    const both = new Float32Array(192)
    both.set(x)
    expect(block.forward(both.subarray(0, 128), 0, both.subarray(64))).toEqual(wanted)
    expect(block.forward(x, 0, x)).toBe(x)
    expect(x).toEqual(wanted)
  })

  test.each<[string, unknown]>([
    ['too short', new Float32Array(9)],
    ['too long', new Float32Array(11)],
    ['of the other precision', new Float64Array(10)],
    ['an array', new Array(10).fill(0)],
    ['null', null],
    ['a number', 10],
  ])('%s: refused, and nothing is written', (_, out) => {
    using block = new Affine(3, 5, { seed: 4 })
    const before = JSON.stringify(out)
    expect(() => block.forward([1, 2, 3, 4, 5, 6], 0, out as Float32Array)).toThrow(
      'out must be a Float32Array of length 10, got',
    )
    expect(JSON.stringify(out)).toBe(before)
  })

  test('a detached one is refused', () => {
    using block = new Affine(3, 5, { seed: 4 })
    const out = new Float32Array(5)
    structuredClone(out, { transfer: [out.buffer] })
    expect(() => block.forward([1, 2, 3], 0, out)).toThrow('out must be a Float32Array of length 5, got')
  })
})

function array(dtype: 'f32' | 'f64', length: number, at: (i: number) => number): Float32Array | Float64Array {
  return dtype === 'f32'
    ? Float32Array.from({ length }, (_, i) => at(i))
    : Float64Array.from({ length }, (_, i) => at(i))
}
