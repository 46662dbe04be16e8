/** What the networks g are written with: shapes, rows, and the rows that read a tape. */

import type { RowText } from './affine.ts'
import { symbolBits, Tape } from './tape.ts'

/** The forms of g. */
export const FORMS = ['counter', 'carrier', 'universal', 'interpolating', 'smooth'] as const

/**
 * 'counter' finds its way by counting, 'carrier' is the same with the tape as a weight of g instead of a bias of L1,
 * 'universal' reads its way from tapes, so that g depends on nothing but d and m, 'interpolating' (d = 1) is piecewise linear
 * through the nodes, and 'smooth' (d <= 3) is that on simplices, with second differences on its tapes: of second order.
 */
export type Form = (typeof FORMS)[number]

/** What is to be compiled. */
export interface Shape {
  readonly form: Form
  readonly d: number
  readonly r: number
  /** Nodes per coordinate. */
  readonly n: number
  /** Levels a step. */
  readonly m: number
}

/** What the forms differ in. */
export interface Machine {
  /** State, hidden layers and next state, each as rows over the one before; the state as rows over x1..xd. */
  readonly state: readonly RowText[]
  readonly hidden: readonly (readonly RowText[])[]
  readonly next: readonly RowText[]
  /** Further tapes beside those of the function. */
  readonly moves?: readonly Tape[]
  readonly delay?: number
}

/** The tapes of the function: one, or for 'smooth' one per axis. */
export type Tapes = readonly [Tape, ...Tape[]]

export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
export const copy = (name: string): RowText => [name, { [name]: 1 }]
export const terms = (names: readonly string[], weight: number): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, weight]))

/** Layer 1 of a tape: the register itself, and for each k the two ramps whose difference is the step "digit >= k". */
export function readTape({ register, bits, units, falls }: Tape): RowText[] {
  const base = 1 << bits
  const ramps = units.flatMap((unit, i): RowText[] => [
    [unit, { [register]: base }, -2 * (i + 1)],
    [falls[i] as string, { [register]: base }, -2 * (i + 1) - 1],
  ])
  return [copy(register), ...ramps]
}

/** Layer 2 of a tape: the register without the symbol that was read. */
export function advanceTape({ register, bits, units, falls }: Tape): RowText {
  return [register, { [register]: 1 << bits, ...terms(units, -2), ...terms(falls, 2) }, -1]
}

/** Moves of one coordinate along the path, plus 1: digits 0, 1, 2; the last symbol says "stay". */
export function moveTape(path: Int32Array, d: number, i: number): Tape {
  const rows = path.length / d
  const at = (l: number): number => path[Math.min(l, rows - 1) * d + i - 1] as number
  const digits = Uint16Array.from({ length: rows }, (_, l) => at(l + 1) - at(l) + 1)
  return new Tape(`M${i}`, symbolBits(2), digits, [`a${i}1`, `a${i}2`], [`A${i}1`, `A${i}2`])
}
