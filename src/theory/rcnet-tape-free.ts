/** The composition without its tapes: short numbers only, so doubles (and wasm) can run it at any length, on whole batches. */

import { nearestWeight, outputsOf, type PlainRow, plainRow, type SparseAffine } from './affine.ts'
import type { Plan } from './rcnet-compile.ts'
import type { Tape } from './tape.ts'

/** An affine map in one piece: `W` is row-major [rows, columns]. */
export interface FlatAffine {
  readonly rows: number
  readonly columns: number
  readonly W: Float64Array
  readonly b: Float64Array
}

/**
 * What the tapes do depends on the step and not on x. Their rows left out, all that remains of them is a bias that changes from
 * step to step:
 *
 *     z <- W3 relu(W2 relu(W1 z + b1) + b2[k]) + b3[k],   k = 0..steps-1,   f(x) = readOut z,   z = readIn x at the start
 *
 * The 'smooth' form has one more layer for d > 1.
 */
export interface TapeFree {
  /** Registers of the state that remain. */
  readonly registers: readonly string[]
  readonly steps: number
  readonly readIn: FlatAffine
  /** The maps of g; `b` of all but the first has one row per step, row-major [steps, rows]. */
  readonly layers: readonly FlatAffine[]
  readonly readOut: FlatAffine
  /** theta_k = [D >= k], k = 1..2m, at every step, row-major [steps, 2m], or [steps, d, 2m] in the 'smooth' form: the digits. */
  readonly theta: Uint8Array
}

/** Which units belong to the tapes. */
type Mask = readonly boolean[]

/** A hidden layer at step k, as far as it belongs to the tapes. The array is the same at every call. */
type Inputs = (k: number) => Float64Array

export function withoutTape(plan: Plan): TapeFree {
  const { readIn, layers, readOut, tapes, compositions: steps } = plan
  const registers = new Set(tapes.map(({ register }) => register))
  const state = outputsOf(readIn).map((name) => registers.has(name))
  const masks: Mask[] = [state]
  const inputs = [rampsOf(plan)]
  for (const [j, layer] of layers.slice(0, -1).entries()) {
    masks.push(readsOnly(layer, masks[j] as Mask))
    if (j > 0) inputs.push(unitsOf(layer, masks[j + 1] as Mask, inputs[j - 1] as Inputs))
  }
  masks.push(state)
  return {
    registers: outputsOf(readIn).filter((_, i) => !state[i]),
    steps,
    readIn: flat(readIn, new Array<boolean>(plan.d).fill(false), state),
    layers: layers.map((layer, j) => {
      const [from, to] = [masks[j] as Mask, masks[j + 1] as Mask]
      const map = flat(layer, from, to)
      return j === 0 ? map : { ...map, b: biases(layer, from, to, steps, inputs[j - 1] as Inputs) }
    }),
    readOut: flat(readOut, state, [false]),
    theta: thetaOf(plan),
  }
}

/** A unit belongs to the tapes if it reads nothing else. */
function readsOnly({ rows }: SparseAffine, tape: Mask): Mask {
  return rows.map(({ columns }) => columns.length > 0 && columns.every((column) => tape[column]))
}

/** Hidden layer 1 of the tapes, as far as it matters: the unit of "digit >= j" is 1, what cancels it is 0. */
function rampsOf({ layers, tapes, delay }: Plan): Inputs {
  const names = outputsOf(layers[0] as SparseAffine)
  const units = tapes.map((tape) => tape.units.map((unit) => names.indexOf(unit)))
  const values = new Float64Array(names.length)
  return (k) => {
    values.fill(0)
    for (let i = 0; i < tapes.length; i++) {
      const digit = (tapes[i] as Tape).digits[k - delay] ?? 0
      for (let j = 0; j < digit; j++) values[(units[i] as number[])[j] as number] = 1
    }
    return values
  }
}

/** A hidden layer of the tapes, from the one before. */
function unitsOf({ rows }: SparseAffine, tape: Mask, before: Inputs): Inputs {
  const units = rows.map((row, i) => ({ i, row: plainRow(row) })).filter(({ i }) => tape[i])
  const values = new Float64Array(rows.length)
  return (k) => {
    const inputs = before(k)
    for (const { i, row } of units) values[i] = Math.max(0, row(inputs))
    return values
  }
}

/** The biases of the rows that remain, with what the tapes add at each step. */
function biases(
  { rows }: SparseAffine,
  tapeInputs: Mask,
  tapeOutputs: Mask,
  steps: number,
  inputsAt: Inputs,
): Float64Array {
  const kept = rows
    .filter((_, i) => !tapeOutputs[i])
    .map((row) => plainRow(row, (column) => tapeInputs[column] === true))
  const b = new Float64Array(steps * kept.length)
  for (let k = 0, at = 0; k < steps; k++) {
    const inputs = inputsAt(k)
    for (let i = 0; i < kept.length; i++) b[at++] = (kept[i] as PlainRow)(inputs)
  }
  return b
}

/** The rows and columns of a map that remain. */
function flat({ rows, inputs }: SparseAffine, tapeInputs: Mask, tapeOutputs: Mask): FlatAffine {
  const kept = rows.filter((_, i) => !tapeOutputs[i])
  const place = new Map<number, number>()
  for (const i of inputs.keys()) if (!tapeInputs[i]) place.set(i, place.size)
  const W = new Float64Array(kept.length * place.size)
  for (const [i, { columns, weights }] of kept.entries()) {
    for (const [j, column] of columns.entries()) {
      const to = place.get(column)
      if (to !== undefined) W[i * place.size + to] = nearestWeight(weights[j] ?? 0)
    }
  }
  return { rows: kept.length, columns: place.size, W, b: Float64Array.from(kept, ({ bias }) => nearestWeight(bias)) }
}

function thetaOf({ digits, delay, compositions, R, m }: Plan): Uint8Array {
  const columns = digits.length / R
  const theta = new Uint8Array(compositions * columns * 2 * m)
  for (const [i, digit] of digits.entries()) {
    const at = (i + delay * columns) * 2 * m
    theta.fill(1, at, at + digit)
  }
  return theta
}
