// Elementary functions to some 200 bits on BigInt, as references for the core's own. Nothing clever: argument reduction,
// Taylor series in fixed point, and relative precision kept by pulling small factors out of the series.

/** The number m * 2^e, exactly. */
export interface Big {
  readonly m: bigint
  readonly e: number
}

/** Fraction bits of the fixed-point series, and about the significant bits of a quotient. */
const BITS = 224
const ONE: bigint = 1n << BigInt(BITS)
const bits64 = new DataView(new ArrayBuffer(8))

/** A finite double, exactly. */
export function big(x: number): Big {
  bits64.setFloat64(0, x)
  const word = bits64.getBigUint64(0)
  const exponent = Number((word >> 52n) & 0x7ffn)
  if (exponent === 0x7ff) throw new RangeError(`a reference needs a finite number, got ${x}`)
  const fraction = word & 0xfffffffffffffn
  const m = exponent === 0 ? fraction : fraction | 0x10000000000000n
  return { m: word >> 63n ? -m : m, e: Math.max(exponent, 1) - 1075 }
}

/** n with 2^(n-1) <= |x| < 2^n; -Infinity for 0. */
function magnitude(x: Big): number {
  return x.m === 0n ? -Infinity : bitLength(x.m) + x.e
}

function bitLength(m: bigint): number {
  const hex = (m < 0n ? -m : m).toString(16)
  return hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28
}

function shift(m: bigint, by: number): bigint {
  return by >= 0 ? m << BigInt(by) : m >> BigInt(-by)
}

/** x as a fixed-point number with `bits` fraction bits, rounded down. */
function fixed(x: Big, bits: number = BITS): bigint {
  return shift(x.m, x.e + bits)
}

/** Cuts the mantissa to about 2 BITS, so that sums and products do not grow without end. */
function trim(x: Big): Big {
  const extra = bitLength(x.m) - 2 * BITS
  return extra > 0 ? { m: x.m >> BigInt(extra), e: x.e + extra } : x
}

export function neg(a: Big): Big {
  return { m: -a.m, e: a.e }
}

export function add(a: Big, b: Big): Big {
  const e = Math.min(a.e, b.e)
  return { m: (a.m << BigInt(a.e - e)) + (b.m << BigInt(b.e - e)), e }
}

export function sub(a: Big, b: Big): Big {
  return add(a, neg(b))
}

export function mul(a: Big, b: Big): Big {
  return trim({ m: a.m * b.m, e: a.e + b.e })
}

export function div(a: Big, b: Big): Big {
  const extra = Math.max(0, BITS + bitLength(b.m) - bitLength(a.m))
  return { m: (a.m << BigInt(extra)) / b.m, e: a.e - b.e - extra }
}

/** The sum of terms in fixed point, each made from the one before it, until they vanish. */
function series(
  first: bigint,
  next: (term: bigint, i: bigint) => bigint,
  weigh?: (term: bigint, i: bigint) => bigint,
): Big {
  let sum = 0n
  let term = first
  for (let i = 1n; term !== 0n; i++) {
    sum += weigh ? weigh(term, i) : term
    term = next(term, i)
  }
  return { m: sum, e: -BITS }
}

/** sum z^i / (2i + 1) = artanh(s)/s with z = s^2 */
function artanhSeries(z: bigint): Big {
  return series(
    ONE,
    (t) => (t * z) >> BigInt(BITS),
    (t, i) => t / (2n * i - 1n),
  )
}

const third: Big = div(big(1), big(3))
/** 2 artanh(1/3) */
const LN2: Big = mul(mul(big(2), third), artanhSeries(fixed(mul(third, third))))

/** Enough fraction bits for pi times the largest double. */
const WIDE = 1024 + BITS + 64

/** Machin: pi/4 = 4 arctan(1/5) - arctan(1/239). */
const HALF_PI: bigint = ((): bigint => {
  const arctan = (n: bigint): bigint => {
    let sum = 0n
    let term = (1n << BigInt(WIDE + 16)) / n
    for (let i = 1n; term !== 0n; i += 2n) {
      sum += i % 4n === 1n ? term / i : -(term / i)
      term /= n * n
    }
    return sum
  }
  return (8n * arctan(5n) - 2n * arctan(239n)) >> 16n
})()

function squareRoot(n: bigint): bigint {
  let x = 1n << BigInt((bitLength(n) >> 1) + 1)
  for (;;) {
    const y = (x + n / x) >> 1n
    if (y >= x) return x
    x = y
  }
}

/** 1 / sqrt(2 pi) */
const DENSITY: Big = div(big(1), { m: squareRoot(HALF_PI << BigInt(WIDE + 2)), e: -WIDE })

export function exp(x: Big): Big {
  if (magnitude(x) > 11) return { m: 1n, e: x.m > 0n ? 4096 : -4096 }
  const k = Math.round(Number(fixed(x, 32)) / Number(fixed(LN2, 32)))
  const r = fixed(sub(x, mul(big(k), LN2)))
  const sum = series(ONE, (t, i) => (t * r) / (i << BigInt(BITS)))
  return { m: sum.m, e: sum.e + k }
}

export function expm1(x: Big): Big {
  if (magnitude(x) > -1) return trim(sub(exp(x), big(1)))
  const r = fixed(x)
  return mul(
    x,
    series(ONE, (t, i) => (t * r) / ((i + 1n) << BigInt(BITS))),
  )
}

/** log((1 + s)/(1 - s)) */
function logRatio(s: Big): Big {
  return mul(mul(big(2), s), artanhSeries(fixed(mul(s, s))))
}

export function log(x: Big): Big {
  let k = magnitude(x)
  let y: Big = { m: x.m, e: x.e - k }
  if (fixed(y, 8) < 181n) {
    k--
    y = { m: x.m, e: x.e - k }
  }
  const f = sub(y, big(1))
  return add(mul(big(k), LN2), logRatio(div(f, add(f, big(2)))))
}

export function log1p(x: Big): Big {
  return magnitude(x) > -2 ? log(add(x, big(1))) : logRatio(div(x, add(x, big(2))))
}

export function tanh(x: Big): Big {
  if (magnitude(x) > 10) return big(x.m > 0n ? 1 : -1)
  const t = expm1({ m: x.m, e: x.e + 1 })
  return div(t, add(t, big(2)))
}

export function sigmoid(x: Big): Big {
  return div(big(1), add(big(1), trim(exp(neg(x)))))
}

function floorDiv(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n)
}

/** sin(x + turn pi/2) */
function wave(x: Big, turn: bigint): Big {
  const wide = fixed(x, WIDE)
  const k = floorDiv(2n * wide + HALF_PI, 2n * HALF_PI)
  // where k = 0, x itself stays, with all its digits
  const r = k === 0n ? x : trim({ m: wide - k * HALF_PI, e: -WIDE })
  const z = fixed(mul(r, r))
  const quarter = (k + turn) & 3n
  const even = (t: bigint, i: bigint): bigint => -(t * z) / ((2n * i * (2n * i - 1n)) << BigInt(BITS))
  const odd = (t: bigint, i: bigint): bigint => -(t * z) / ((2n * i * (2n * i + 1n)) << BigInt(BITS))
  const y = quarter & 1n ? series(ONE, even) : mul(r, series(ONE, odd))
  return quarter & 2n ? neg(y) : y
}

export function sin(x: Big): Big {
  return wave(x, 0n)
}

export function cos(x: Big): Big {
  return wave(x, 1n)
}

/** e^(-x^2/2) / sqrt(2 pi) */
export function density(x: Big): Big {
  const square = mul(x, x)
  return mul(DENSITY, exp({ m: -square.m, e: square.e - 1 }))
}

/** The normal distribution function: 1/2 + phi(x) sum x^(2i+1)/(2i+1)!!, and Laplace's continued fraction below -3. */
export function cdf(x: Big): Big {
  if (magnitude(x) > 2 && fixed(x, 1) < -6n) return mul(density(x), tailFraction(neg(x)))
  if (fixed(x, 1) > 6n) return sub(big(1), cdf(neg(x)))
  const z = fixed(mul(x, x))
  const sum = series(ONE, (t, i) => (t * z) / ((2n * i + 1n) << BigInt(BITS)))
  return add(big(0.5), mul(mul(x, density(x)), sum))
}

/** 1/(a + 1/(a + 2/(a + 3/…))): after n terms the error is near e^(-2 a sqrt(2n)), here 2^-240 at a = 3. */
function tailFraction(a: Big): Big {
  const x = fixed(a)
  let y = x
  for (let i = 400n; i >= 1n; i--) y = x + (i << BigInt(2 * BITS)) / y
  return { m: (ONE * ONE) / y, e: -BITS }
}

/** How far `got` is from `want`, in units in the last place of `want` (on the subnormal grid, where that is coarser). */
export function ulpError(got: number, want: Big, precision: 24 | 53): number {
  const least = precision === 24 ? -149 : -1074
  const top = precision === 24 ? 128 : 1024
  const e = Math.max(magnitude(want) - precision, least)
  const limit: Big = sub({ m: 1n, e: top }, { m: 1n, e: top - precision - 1 })
  if (sub(want.m < 0n ? neg(want) : want, limit).m >= 0n)
    return got === (want.m < 0n ? -Infinity : Infinity) ? 0 : Infinity
  if (!Number.isFinite(got)) return Infinity
  const off = sub(big(got), want)
  return Math.abs(Number(shift(off.m, off.e - e + 24))) / 2 ** 24
}
