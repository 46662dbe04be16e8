import { expect } from 'vitest'
import { type Checks, near } from './check.ts'

export const theory: Checks = {
  'affine-flow.mjs': (numbers) => {
    const [pieces, rows] = [numbers[4] as number, [0, 5, 10].map((i) => numbers.slice(numbers.length - 15 + i))]
    expect(pieces).toBeGreaterThan(10)
    for (const [tol, blind, nfe, told, toldNfe] of rows as [number, number, number, number, number][]) {
      expect(told).toBeLessThan(blind / 5)
      if (tol < 1e-3) expect(toldNfe).toBeLessThan(nfe)
    }
    expect(rows.map(([tol]) => tol)).toEqual([1e-3, 1e-6, 1e-9])
  },
  'approximate.mjs': (numbers) => {
    const [width, depth, parameters, exact, first, second, bound] = numbers as [number, number, ...number[]]
    expect([width, depth, parameters]).toEqual([27, 2, 773])
    near(first, exact as number, 1e-15)
    expect(Math.abs((exact as number) - Math.sqrt(0.25 + 341 / 1024))).toBeLessThan(bound as number)
    expect(Math.abs((second as number) - 1)).toBeLessThan(bound as number)
  },
  'clocked-field.mjs': (numbers) => {
    const values = numbers.slice(2)
    for (let i = 0; i < 9; i += 3) near(values[i + 1], values[i + 2] as number, 1e-9)
  },
  'depths.mjs': (numbers) => {
    const [composed, byHand, , first, , second, , third] = numbers as [number, number, ...number[]]
    expect(composed).toBe(byHand)
    near((first as number) / (second as number), 10, 0.2)
    near((second as number) / (third as number), 10, 0.02)
  },
  'equilibrium.mjs': (numbers) => {
    const [bound, iterations, plain, residual, ...rest] = numbers as [number, number, number, number, ...number[]]
    expect(bound).toBeLessThan(1)
    expect(iterations).toBeLessThan(plain)
    expect(residual).toBeLessThanOrEqual(1e-12)
    const [, five, , ten, , twenty, , slope, difference, backward] = rest as [number, ...number[]]
    expect([five, ten, twenty].every((error, i, all) => i === 0 || error! < all[i - 1]! * bound ** 5)).toBe(true)
    near(slope, difference as number, 1e-8)
    expect(backward).toBeLessThanOrEqual(1e-12)
    const [before, after, trained] = rest.slice(-3) as [number, number, number]
    expect(after).toBeLessThan(before / 10)
    expect(trained).toBeLessThanOrEqual(0.99 + 1e-12)
  },
  'four-depths.mjs': (numbers) => {
    const rows = [0, 1, 2, 3].map((i) => numbers.slice(6 + 5 * i, 11 + 5 * i))
    expect(rows.map(([T]) => T)).toEqual([1, 4, 16, 64])
    // Every depth grows towards the equilibrium, and is there at last.
    for (const depth of [1, 2, 3]) {
      const accuracies = rows.map((row) => row[depth] as number)
      expect(accuracies).toEqual([...accuracies].sort((a, b) => a - b))
      expect(accuracies[0]).toBeLessThan(0.7)
      expect(accuracies[3]).toBe(rows[3]?.[4])
    }
    expect(rows[0]?.[4]).toBeGreaterThan(0.98)
  },
  'gradient-flow.mjs': (numbers) => {
    const rows = [0, 5, 10, 15].map((i) => numbers.slice(i, i + 5) as [number, number, number, number, number])
    expect(rows.map(([t]) => t)).toEqual([0, 1, 2, 4])
    const losses = rows.map(([, loss]) => loss)
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    expect(losses[3]).toBeLessThan((losses[0] as number) / 50)
    expect(rows[0]?.[4]).toBe(0)
    const [inefficiency, ratio, reversal, change] = numbers.slice(20) as [number, number, number, number]
    expect(inefficiency).toBeGreaterThan(1)
    near(ratio, (rows[3]?.[2] as number) / (rows[3]?.[1] as number), 1e-9 * ratio)
    expect(reversal).toBeLessThan(0.3)
    expect(change).toBeLessThan(0.05)
  },
  'residual.mjs': (numbers) => {
    const rows = [0, 4, 8].map((i) => numbers.slice(i, i + 4))
    expect(rows.map(([depth]) => depth)).toEqual([8, 32, 128])
    const [first = [], second = [], third = []] = rows
    near((first[2] as number) / (second[2] as number), 4, 0.1)
    near((second[2] as number) / (third[2] as number), 4, 0.1)
    for (const row of [first, second]) near(row[1], third[1] as number, 1e-3)
  },
  'theorem.mjs': (numbers, text) => {
    const rows = [0, 4, 8].map((i) => numbers.slice(i, i + 4) as [number, number, number, number])
    expect(rows.map(([r, parameters]) => [r, parameters])).toEqual([4, 64, 1024].map((r) => [r, 773]))
    for (const [, , error, bound] of rows) expect(error).toBeLessThan(bound)
    expect(rows[2]?.[2]).toBeLessThan((rows[0]?.[2] as number) / 5)
    expect(text).toMatch(/^<svg xmlns/m)
  },
}
