/** Sums over the components of a state in JavaScript: in the order of the core (assembly/kernels), so with its bits. */

/** A row of a tableau without its zeros: weights, and the stages they belong to. */
export interface Row {
  readonly weights: readonly number[]
  readonly stages: readonly number[]
}

/** `length` weights from `start` on as a row. */
export function rowOf(all: Float64Array, start: number, length: number): Row {
  const [weights, stages]: [number[], number[]] = [[], []]
  for (const [j, weight] of all.subarray(start, start + length).entries()) {
    if (weight === 0) continue
    weights.push(weight)
    stages.push(j)
  }
  return { weights, stages }
}

/** to = y + h sum_j w_j k_j, n numbers each. The sum comes first and meets y once, as in the core. */
export function combine(
  n: number,
  y: Float64Array,
  h: number,
  { weights, stages }: Row,
  k: readonly Float64Array[],
  to: Float64Array,
): void {
  const even = weights.length & ~1
  const odd = weights.length > even ? (k[stages[even] as number] as Float64Array) : undefined
  for (let i = 0; i < n; i++) to[i] = 0
  // Two terms at a time: a loop over the terms of each component takes twice as long.
  for (let j = 0; j < even; j += 2) {
    const v = weights[j] as number
    const w = weights[j + 1] as number
    const a = k[stages[j] as number] as Float64Array
    const b = k[stages[j + 1] as number] as Float64Array
    for (let i = 0; i < n; i++) to[i] = (to[i] as number) + v * (a[i] as number) + w * (b[i] as number)
  }
  const w = weights[even] as number
  for (let i = 0; i < n; i++) {
    const sum = odd === undefined ? (to[i] as number) : (to[i] as number) + w * (odd[i] as number)
    to[i] = h * sum + (y[i] as number)
  }
}

/** The norm of the step controller: root mean square of x / (atol + rtol max(|a|, |b|)). */
export function scaledNorm(
  n: number,
  x: Float64Array,
  a: Float64Array,
  b: Float64Array,
  { atol, rtol }: { readonly atol: Float64Array; readonly rtol: Float64Array },
): number {
  let sum = 0
  for (let i = 0; i < n; i++) {
    const magnitude = Math.max(Math.abs(a[i] as number), Math.abs(b[i] as number))
    const part = (x[i] as number) / ((atol[i] as number) + (rtol[i] as number) * magnitude)
    sum += part * part
  }
  return Math.sqrt(sum / n)
}

/** The first number that is NaN or infinite, or -1. */
export function firstNonFinite(x: Float64Array): number {
  // v - v is 0 for every finite v and NaN otherwise.
  for (let i = 0; i < x.length; i++) if ((x[i] as number) - (x[i] as number) !== 0) return i
  return -1
}
