/** The exponential of a matrix by its Taylor series in fixed point, which needs no scaling: the reference for the core's own. */

const BITS = 320n
const HIGH: number = 2 ** 40

/** A double as a fixed-point number; exact but for what lies below 2^-320. */
function fixed(x: number): bigint {
  let [rest, at, sum] = [x, BITS, 0n]
  while (rest !== 0 && at >= 40n) {
    const digits = Math.trunc(rest)
    sum += BigInt(digits) << at
    rest = (rest - digits) * HIGH
    at -= 40n
  }
  return sum
}

/** To some 60 bits, which is more than a double holds. */
function toNumber(x: bigint): number {
  const size = (x < 0n ? -x : x).toString(2).length
  const cut = BigInt(Math.max(0, size - 60))
  return Number(x >> cut) * 2 ** (Number(cut) - Number(BITS))
}

/** exp(A) of an n x n matrix, row-major, correct to a rounding or two of each entry down to 1e-60. For norms up to 100 or so. */
export function exponentialReference(a: ArrayLike<number>, n: number): number[] {
  const A = Array.from(a, fixed)
  let term = A.map((_, i) => (i % (n + 1) === 0 ? 1n << BITS : 0n))
  const sum = [...term]
  for (let k = 1n; term.some((v) => v !== 0n && v !== -1n); k++) {
    const before = term
    term = A.map((_, at) => {
      const [row, column] = [at - (at % n), at % n]
      let entry = 0n
      for (let i = 0; i < n; i++) entry += (before[row + i] as bigint) * (A[i * n + column] as bigint)
      return (entry >> BITS) / k
    })
    for (const [at, v] of term.entries()) sum[at] = (sum[at] as bigint) + v
  }
  return sum.map(toNumber)
}
