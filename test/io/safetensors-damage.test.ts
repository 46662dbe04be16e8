import { describe, expect, test } from 'vitest'
import { decode, encode, FormatError, type Tensor } from '../../src/io/safetensors.ts'

const f32 = (shape: number[], ...data: number[]): Tensor => ({ dtype: 'F32', shape, data: Float32Array.from(data) })
const f64 = (shape: number[], ...data: number[]): Tensor => ({ dtype: 'F64', shape, data: Float64Array.from(data) })

describe('a damaged file', () => {
  const tensors = new Map([
    ['field.0.weight', f32([2, 3], 1, 2, 3, 4, 5, 6)],
    ['field.0.bias', f32([2], 1, 2)],
    ['t', f64([1], 0.5)],
  ])
  const bytes = encode(tensors, new Map([['format', 'pt']]))

  /** True if the bytes were read; any other exception than FormatError fails the test. */
  function survives(damaged: Uint8Array): boolean {
    try {
      let size = 0
      for (const { data } of decode(damaged).tensors.values()) size += data.byteLength
      if (size > damaged.length) throw new Error(`read ${size} bytes from a file of ${damaged.length}`)
      return true
    } catch (error) {
      if (error instanceof FormatError) return false
      throw error
    }
  }

  test('cut off at every byte', () => {
    for (let length = 0; length < bytes.length; length++) expect(survives(bytes.subarray(0, length))).toBe(false)
  })

  test('every bit flipped', () => {
    const damaged = bytes.slice()
    for (let i = 0; i < bytes.length * 8; i++) {
      const at = i >> 3
      damaged[at] = (bytes[at] as number) ^ (1 << (i & 7))
      survives(damaged)
      damaged[at] = bytes[at] as number
    }
  })

  test('30000 random mutations', () => {
    // xorshift32: seeded, so that a failure can be repeated.
    let state = 1
    const random = (n: number): number => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % n
    }
    const tokens = [
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '9',
      '-',
      '\\',
      '9007199254740993',
      '1e9',
      'null',
      '__proto__',
    ]
    const parts = tokens.map((token) => new TextEncoder().encode(token))
    let read = 0
    for (let run = 0; run < 30_000; run++) {
      const damaged = new Uint8Array(bytes)
      for (let edits = random(3); edits >= 0; edits--) {
        const part = parts[random(parts.length)] as Uint8Array
        const at = random(damaged.length - part.length)
        const kind = random(4)
        if (kind < 2) damaged[at] = random(256)
        else if (kind === 2) damaged.set(part, at)
        else damaged.copyWithin(at, random(damaged.length), random(damaged.length))
      }
      if (survives(damaged)) read++
    }
    expect(read).toBeGreaterThan(1000)
    expect(read).toBeLessThan(29_000)
  })
})
