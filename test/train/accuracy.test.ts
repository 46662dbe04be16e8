import { describe, expect, test } from 'vitest'
import { accuracy, classesOf, oneHot } from '../../src/train/classes.ts'

describe('classes', () => {
  test('one-hot rows', () => {
    expect(oneHot([2, 0], 3)).toEqual(Float32Array.of(0, 0, 1, 1, 0, 0))
    expect(oneHot(Uint8Array.of(1), 2, 'f64')).toEqual(Float64Array.of(0, 1))
    expect(oneHot([], 2)).toHaveLength(0)
  })

  test('the class of a row is its largest component, the first of equal ones', () => {
    const logits = [0.5, 2, -1, -3, -2, -2, 0, 0, 0]
    expect([...classesOf(logits, 3)]).toEqual([1, 1, 0])
    expect([...classesOf(oneHot([3, 1, 0, 2], 4), 4)]).toEqual([3, 1, 0, 2])
  })

  test('the share of rows that are right', () => {
    const logits = oneHot([3, 1, 0, 2], 4)
    expect(accuracy(logits, [3, 1, 0, 2], 4)).toBe(1)
    expect(accuracy(logits, [3, 1, 1, 1], 4)).toBe(0.5)
    expect(accuracy(logits, [0, 0, 1, 1], 4)).toBe(0)
  })

  test.each<[() => unknown, string]>([
    [() => oneHot([3], 3), 'labels[0] must be an integer from 0 to 2, got 3'],
    [() => oneHot([0, -1], 3), 'labels[1] must be an integer from 0 to 2, got -1'],
    [() => oneHot([0], 1), 'classes must be an integer from 2 to 65536, got 1'],
    [() => classesOf([1, 2, 3], 2), 'logits must hold rows of 2 numbers, got 3 numbers'],
    [() => accuracy([1, 2], [0, 1], 2), 'labels must hold 1 >= 1 class numbers, one for each row, got 2'],
    [() => accuracy([], [], 2), 'labels must hold 0 >= 1 class numbers'],
  ])('misuse %#', (call, message) => expect(call).toThrow(message))
})
