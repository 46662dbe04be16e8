import { expect, test } from 'vitest'
import { firstIndex } from '../../src/core/search.ts'

test('the first index for which it holds, or the length', () => {
  for (let length = 0; length < 20; length++) {
    for (let first = 0; first <= length; first++) {
      const asked: number[] = []
      const holds = (i: number): boolean => {
        asked.push(i)
        return i >= first
      }
      expect(firstIndex(length, holds)).toBe(first)
      expect(asked.every((i) => i >= 0 && i < length)).toBe(true)
      expect(asked.length).toBeLessThanOrEqual(Math.ceil(Math.log2(length + 1)))
    }
  }
  expect(firstIndex(-1, () => true)).toBe(0)
})
