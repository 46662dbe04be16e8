/** Exact rational numbers on BigInt, as far as the tests of tableaus need them. */

/** n / d with d > 0, not necessarily in lowest terms. */
export interface Rational {
  readonly n: bigint
  readonly d: bigint
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i

/**
 * The exact value of a fraction `'44/45'`, a decimal `'-1.5e-3'` of any length, or a double (its binary value).
 *
 * @throws RangeError if `value` is none of these.
 */
export function rational(value: string | number | bigint): Rational {
  if (typeof value === 'bigint') return { n: value, d: 1n }
  if (typeof value === 'number') return fromDouble(value)
  const [numerator, denominator, more] = value.split('/')
  if (denominator !== undefined && more === undefined) return { n: BigInt(numerator as string), d: BigInt(denominator) }
  const match = DECIMAL.exec(value)
  if (match === null || `${match[2]}${match[3] ?? ''}` === '') throw new RangeError(`not a rational: '${value}'`)
  const [, sign, integer, fraction = '', exponent = '0'] = match
  const digits = BigInt(`${sign}${integer}${fraction}`)
  const power = Number(exponent) - fraction.length
  return power < 0 ? { n: digits, d: 10n ** BigInt(-power) } : { n: digits * 10n ** BigInt(power), d: 1n }
}

function fromDouble(value: number): Rational {
  if (!Number.isFinite(value)) throw new RangeError(`not a rational: ${value}`)
  let mantissa = value
  let d = 1n
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    d *= 2n
  }
  return { n: BigInt(mantissa), d }
}

export function add(x: Rational, y: Rational): Rational {
  return x.d === y.d ? { n: x.n + y.n, d: x.d } : reduce({ n: x.n * y.d + y.n * x.d, d: x.d * y.d })
}

export function sub(x: Rational, y: Rational): Rational {
  return add(x, { n: -y.n, d: y.d })
}

export function mul(x: Rational, y: Rational): Rational {
  return { n: x.n * y.n, d: x.d * y.d }
}

export function sum(terms: readonly Rational[]): Rational {
  return terms.reduce(add, { n: 0n, d: 1n })
}

/** |x| <= bound. */
export function within(x: Rational, bound: Rational): boolean {
  return (x.n < 0n ? -x.n : x.n) * bound.d <= bound.n * x.d
}

/** The least common denominator of all numbers. */
export function commonDenominator(numbers: readonly Rational[]): bigint {
  return numbers.map(reduce).reduce((lcm, { d }) => (lcm / gcd(lcm, d)) * d, 1n)
}

/** The nearest double, ties to even; no subnormals. */
export function toNumber(x: Rational): number {
  if (x.n === 0n) return 0
  const magnitude = x.n < 0n ? -x.n : x.n
  // 66 bits or more of the quotient; the rest is folded into a sticky bit, so that Number() rounds once and correctly
  const shift = 66 - (magnitude.toString(2).length - x.d.toString(2).length)
  const [n, d] = shift > 0 ? [magnitude << BigInt(shift), x.d] : [magnitude, x.d << BigInt(-shift)]
  const quotient = n % d === 0n ? n / d : (n / d) | 1n
  return (x.n < 0n ? -1 : 1) * Number(quotient) * 2 ** -shift
}

function reduce(x: Rational): Rational {
  const divisor = gcd(x.n < 0n ? -x.n : x.n, x.d)
  return { n: x.n / divisor, d: x.d / divisor }
}

function gcd(x: bigint, y: bigint): bigint {
  let [a, b] = [x, y]
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}
