import { describe, expect, test } from 'vitest'
import { decodeIdx } from '../../src/io/idx.ts'
import { FormatError } from '../../src/io/safetensors.ts'

/** The file's bytes: magic, type, dimensions, elements. */
function idx(shape: readonly number[], data: readonly number[], type = 8): Uint8Array {
  const big = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
  return Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap(big), ...data])
}

describe('idx files', () => {
  test('dimensions and elements in their order', () => {
    const { shape, data } = decodeIdx(idx([2, 1, 3], [1, 2, 3, 253, 254, 255]), 'a')
    expect(shape).toEqual([2, 1, 3])
    expect([...data]).toEqual([1, 2, 3, 253, 254, 255])
    expect(decodeIdx(idx([300], Array(300).fill(7)), 'a').shape).toEqual([300])
    expect(decodeIdx(idx([0, 28, 28], []), 'a')).toEqual({ shape: [0, 28, 28], data: new Uint8Array(0) })
  })

  test('a view that begins inside of a buffer is read from there', () => {
    const whole = Uint8Array.from([9, 9, 9, ...idx([2], [5, 6])])
    expect([...decodeIdx(whole.subarray(3), 'a').data]).toEqual([5, 6])
  })

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'a: an idx file begins with two zero bytes'],
    ['three bytes', Uint8Array.of(0, 0, 8), 'a: an idx file begins with two zero bytes'],
    ['a gzip file', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), 'a: an idx file begins with two zero bytes'],
    ['floats', idx([1], [0, 0, 0, 0], 0x0d), 'a: elements must be unsigned bytes (type 8), got type 13'],
    ['no dimensions', idx([], [1]), 'a: the header must hold 0 >= 1 dimensions'],
    [
      'a cut header',
      idx([1, 2], []).subarray(0, 10),
      'a: the header must hold 2 >= 1 dimensions, the file has 10 bytes',
    ],
    ['255 dimensions that are not there', Uint8Array.of(0, 0, 8, 255, 0, 0, 0, 1), 'a: the header must hold 255'],
    ['one element less', idx([2, 3], [1, 2, 3, 4, 5]), 'a: 2 x 3 elements must be 6 bytes, the file holds 5'],
    ['one element more', idx([2], [1, 2, 3]), 'a: 2 elements must be 2 bytes, the file holds 3'],
    ['2^96 elements', idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [1]), 'the file holds 1: is it damaged?'],
    ['infinitely many, and none', idx([...Array(60).fill(2 ** 32 - 1), 0], []), 'NaN bytes, the file holds 0'],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => decodeIdx(bytes, 'a')).toThrow(FormatError)
    expect(() => decodeIdx(bytes, 'a')).toThrow(message)
  })

  test('any byte of a header changed is refused, or changes the shape in a way the length allows', () => {
    const good = idx([4, 6], [...Array(24).keys()])
    for (let at = 0; at < 12; at++) {
      for (let value = 0; value < 256; value++) {
        const bytes = good.slice()
        bytes[at] = value
        try {
          const { shape, data } = decodeIdx(bytes, 'a')
          expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }
    }
  })
})
