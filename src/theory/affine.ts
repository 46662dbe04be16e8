/** Affine maps between named registers: sparse and exact to compute with, dense to show. */

import { Dyadic } from './dyadic.ts'
import { Tape } from './tape.ts'

/** A weight or bias: a short number (exact in a double) or the long number of a tape. */
export type Weight = number | Dyadic | Tape

/** One output: bias + sum of weight * input, over columns of the input. */
export interface Row {
  readonly name: string
  readonly bias: Weight
  readonly columns: readonly number[]
  readonly weights: readonly Weight[]
}

/** An affine map x -> W x + b: `W` has a row per output. The sums of a row are taken in the order of its columns. */
export interface Affine {
  /** Names of the outputs. */
  readonly names: readonly string[]
  readonly W: readonly (readonly number[])[]
  readonly b: readonly number[]
}

export interface SparseAffine {
  readonly inputs: readonly string[]
  readonly rows: readonly Row[]
}

/** One output of a map as it is written down: its name, its terms by input and its bias. */
export type RowText = readonly [name: string, terms: Readonly<Record<string, Weight>>, bias?: Weight]

/** The map with the given outputs; zero weights are dropped, columns are put in the order of the inputs. */
export function affine(inputs: readonly string[], rows: readonly RowText[]): SparseAffine {
  const column = new Map(inputs.map((name, i) => [name, i]))
  return {
    inputs,
    rows: rows.map(([name, terms, bias = 0]) => {
      const entries = Object.entries(terms)
        .filter(([, weight]) => weight !== 0)
        .map(([input, weight]) => [column.get(input) as number, weight] as const)
        .sort(([a], [b]) => a - b)
      return { name, bias, columns: entries.map(([i]) => i), weights: entries.map(([, weight]) => weight) }
    }),
  }
}

/** Names of the outputs of a map. */
export function outputsOf(map: SparseAffine): string[] {
  return map.rows.map(({ name }) => name)
}

export function exactWeight(weight: Weight): Dyadic {
  return weight instanceof Tape ? weight.value : Dyadic.from(weight)
}

export function nearestWeight(weight: Weight): number {
  return typeof weight === 'number' ? weight : exactWeight(weight).toNumber()
}

/** The map as arrays of doubles; what is longer than a double stands as its nearest one. */
export function dense(map: SparseAffine): Affine {
  const W = map.rows.map(({ columns, weights }) => {
    const row = new Array<number>(map.inputs.length).fill(0)
    for (const [i, column] of columns.entries()) row[column] = nearestWeight(weights[i] as Weight)
    return row
  })
  return { names: outputsOf(map), W, b: map.rows.map(({ bias }) => nearestWeight(bias)) }
}

/** A row in doubles: its value from the inputs. */
export type PlainRow = (input: Float64Array) => number

/** A row in doubles, over the columns that are wanted; the bias comes first, then the columns in order. */
export function plainRow({ bias, columns, weights }: Row, wanted: (column: number) => boolean = () => true): PlainRow {
  const kept = [...columns.keys()].filter((i) => wanted(columns[i] as number))
  const from = Int32Array.from(kept, (i) => columns[i] as number)
  const numbers = Float64Array.from(kept, (i) => nearestWeight(weights[i] as Weight))
  const start = nearestWeight(bias)
  return (input) => {
    let sum = start
    for (let i = 0; i < from.length; i++) sum += (numbers[i] as number) * (input[from[i] as number] as number)
    return sum
  }
}
