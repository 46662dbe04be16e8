import { expect } from 'vitest'

/** By the name of an example: what must be true of its output, as numbers and as it is. */
export type Checks = Readonly<Record<string, (numbers: readonly number[], text: string) => void>>

export const near = (value: number | undefined, wanted: number, tolerance: number): void =>
  expect(Math.abs((value as number) - wanted), `${value} instead of ${wanted}`).toBeLessThan(tolerance)
