/**
 * The composition as one integer network: state, weights and biases times 2^Q are integers, so BigInt evaluates L2 . g^k . L1
 * without a division and without a rounding.
 */

import { exactWeight, type Row, type SparseAffine, type Weight } from './affine.ts'
import { Dyadic } from './dyadic.ts'
import type { Plan } from './rcnet-compile.ts'
import { hatSum } from './second-differences.ts'
import { snake } from './snake.ts'

/** A row of an integer network: sum of mantissa * 2^shift * input, plus a bias that is scaled already. */
interface IntegerRow {
  readonly columns: readonly number[]
  readonly mantissas: readonly bigint[]
  readonly shifts: readonly bigint[]
  readonly bias: bigint
}

/** The registers times 2^scale. */
export interface IntegerState {
  readonly registers: readonly bigint[]
  readonly scale: number
}

/** Bits behind the binary point that hold the tapes and the point x. */
function scaleOf({ tapes }: Plan, x: readonly Dyadic[]): number {
  const longest = tapes.reduce((most, { bits, digits }) => Math.max(most, bits * digits.length), 0)
  return longest + x.reduce((most, { fractionBits }) => Math.max(most, fractionBits), 0)
}

function integerRow({ columns, weights, bias }: Row, scale: number): IntegerRow {
  const exact = weights.map(exactWeight)
  return {
    columns,
    mantissas: exact.map(({ mantissa }) => mantissa),
    shifts: exact.map(({ exponent }) => BigInt(exponent)),
    bias: exactWeight(bias).scaled(scale),
  }
}

function apply(rows: readonly IntegerRow[], input: readonly bigint[], relu: boolean): bigint[] {
  return rows.map(({ columns, mantissas, shifts, bias }) => {
    let sum = bias
    for (let i = 0; i < columns.length; i++) {
      const z = input[columns[i] as number] as bigint
      // Most units are at rest and most weights are 1 or -1, where a product would be a copy of a long number.
      if (z === 0n) continue
      const mantissa = mantissas[i] as bigint
      const shifted = shifts[i] === 0n ? z : z << (shifts[i] as bigint)
      if (mantissa === 1n) sum += shifted
      else if (mantissa === -1n) sum -= shifted
      else sum += mantissa * shifted
    }
    return relu && sum < 0n ? 0n : sum
  })
}

/** The states L1(x), g(L1(x)), ...: `compositions` + 1 of them. */
export function* states(plan: Plan, x: readonly Dyadic[], compositions: number): Generator<IntegerState, void> {
  const scale = scaleOf(plan, x)
  const integer = (map: SparseAffine): IntegerRow[] => map.rows.map((row) => integerRow(row, scale))
  const layers = plan.layers.map(integer)
  const point = x.map((value) => value.scaled(scale))
  let registers = apply(integer(plan.readIn), point, false)
  yield { registers, scale }
  for (let k = 0; k < compositions; k++) {
    registers = layers.reduce((z, layer, i) => apply(layer, z, i < layers.length - 1), registers)
    yield { registers, scale }
  }
}

/** L2 . g^compositions . L1. */
export function evaluate(plan: Plan, x: readonly Dyadic[], compositions: number): Dyadic {
  let last: IntegerState | undefined
  for (const state of states(plan, x, compositions)) last = state
  return readOut(plan, last as IntegerState)
}

function readOut({ readOut }: Plan, { registers, scale }: IntegerState): Dyadic {
  const { columns, weights, bias } = readOut.rows[0] as Row
  return columns.reduce((sum, column, i) => {
    const register = Dyadic.of(registers[column] as bigint, -scale)
    return sum.plus(exactWeight(weights[i] as Weight).times(register))
  }, exactWeight(bias))
}

/**
 * The same function without a network: eps (a_0 + sum over l >= 1 of (a_l - a_{l-1}) C_l), where C_l in [0, 1] is the running
 * minimum before node l, or, for the interpolating form, the part of the way from node l - 1 to node l that x has passed; for
 * the smooth form eps (sum over k of a_k phi_k), the hat functions of the nodes.
 */
export function closedForm(plan: Plan, x: readonly Dyadic[]): Dyadic {
  const { heights, aMin, eps } = plan
  const bits = x.reduce((most, { fractionBits }) => Math.max(most, fractionBits), 0)
  const one = 1n << BigInt(bits)
  const point = x.map((value) => value.scaled(bits))
  if (plan.form === 'smooth') return hatSum(plan, plan.n, point, bits).plus(Dyadic.of(aMin)).times(eps)
  const weightAt = plan.form === 'interpolating' ? passed(plan, point, one) : runningMinimum(plan, point, one)
  let sum = BigInt(heights[0] as number) * one
  for (let l = 1; l < heights.length; l++) {
    sum += BigInt((heights[l] as number) - (heights[l - 1] as number)) * weightAt(l)
  }
  return Dyadic.of(sum, -bits).plus(Dyadic.of(aMin)).times(eps)
}

/** clip((n - 1) x - l + 1, 0, 1), all times `one`. */
function passed({ n }: Plan, x: readonly bigint[], one: bigint): (l: number) => bigint {
  const y = BigInt(n - 1) * (x[0] as bigint)
  return (l) => {
    const part = y - BigInt(l - 1) * one
    return part < 0n ? 0n : part > one ? one : part
  }
}

/** min(1, S_0, ..., S_{l-1}), S_k = sum over i of relu(|2 n x_i - 1 - 2 nu_ki| - 1), times `one`; to be asked for l = 1, 2, ... */
function runningMinimum({ n, d }: Plan, x: readonly bigint[], one: bigint): (l: number) => bigint {
  const path = snake(n, d)
  const start = x.map((value) => BigInt(2 * n) * value - one)
  let least = one
  return (l) => {
    let sum = 0n
    for (let i = 0; i < d && sum < least; i++) {
      const offset = (start[i] as bigint) - BigInt(2 * (path[(l - 1) * d + i] as number)) * one
      const beyond = (offset < 0n ? -offset : offset) - one
      if (beyond > 0n) sum += beyond
    }
    if (sum < least) least = sum
    return least
  }
}
