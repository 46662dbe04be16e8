/** Exact dyadic rationals: an integer times a power of two. Closed under +, - and *, so a network of them never rounds. */

/** What names a dyadic rational: a number (its binary value), an integer, 'p', 'p/q' or 'p/2^k' with q a power of two. */
export type Exact = number | bigint | string | Dyadic

const WORD = new BigUint64Array(1)
const DOUBLE = new Float64Array(WORD.buffer)
const FRACTION = /^([+-]?\d+)(?:\/(?:2\^(\d+)|(\d+)))?$/
const MANTISSA_BITS = 52
const LEAST_EXPONENT = -1074
const INFINITY_BITS = 0x7ff0000000000000n

/** mantissa * 2^exponent. The mantissa is odd, or both are 0: equal numbers have equal parts. */
export class Dyadic {
  readonly mantissa: bigint
  readonly exponent: number

  private constructor(mantissa: bigint, exponent: number) {
    this.mantissa = mantissa
    this.exponent = exponent
  }

  /** mantissa * 2^exponent, reduced. */
  static of(mantissa: bigint, exponent = 0): Dyadic {
    if (mantissa === 0n) return new Dyadic(0n, 0)
    const zeros = trailingZeros(mantissa)
    return new Dyadic(mantissa >> BigInt(zeros), exponent + zeros)
  }

  /**
   * The exact value of `value`.
   *
   * @throws RangeError for numbers that are not finite and for texts that name no dyadic rational
   */
  static from(value: Exact, name = 'value'): Dyadic {
    if (value instanceof Dyadic) return value
    if (typeof value === 'bigint') return Dyadic.of(value)
    if (typeof value === 'string') return fromText(value, name)
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, a string or a Dyadic, got ${value}`)
    if (!Number.isFinite(value)) throw new RangeError(`${name} must be finite, got ${value}`)
    return fromDouble(value)
  }

  plus(other: Dyadic): Dyadic {
    const exponent = Math.min(this.exponent, other.exponent)
    return Dyadic.of(this.scaled(-exponent) + other.scaled(-exponent), exponent)
  }

  minus(other: Dyadic): Dyadic {
    return this.plus(new Dyadic(-other.mantissa, other.exponent))
  }

  times(other: Dyadic): Dyadic {
    return Dyadic.of(this.mantissa * other.mantissa, this.exponent + other.exponent)
  }

  /** -1, 0 or 1 as this number is less than, equal to or greater than the other. */
  compare(other: Dyadic): -1 | 0 | 1 {
    const difference = this.minus(other).mantissa
    return difference === 0n ? 0 : difference < 0n ? -1 : 1
  }

  equals(other: Dyadic): boolean {
    return this.mantissa === other.mantissa && this.exponent === other.exponent
  }

  /** The integer this * 2^bits; what would stand behind the binary point is cut off. */
  scaled(bits: number): bigint {
    return this.mantissa << BigInt(this.exponent + bits)
  }

  /** Bits behind the binary point. */
  get fractionBits(): number {
    return Math.max(0, -this.exponent)
  }

  /** The nearest double, ties to even; subnormals too, Infinity where IEEE 754 says so. */
  toNumber(): number {
    const magnitude = this.mantissa < 0n ? -this.mantissa : this.mantissa
    const top = this.exponent + bitLength(magnitude) - 1
    const unit = Math.max(top - MANTISSA_BITS, LEAST_EXPONENT)
    // Number(BigInt) would round too, but before the scaling, and so twice for subnormals.
    const rounded = top < LEAST_EXPONENT - 1 ? 0n : roundedShift(magnitude, unit - this.exponent)
    // The hidden bit and a carry out of the mantissa both add 1 to the exponent, which is what they mean.
    const bits = (BigInt(unit - LEAST_EXPONENT) << BigInt(MANTISSA_BITS)) + rounded
    WORD[0] = top > 1023 || bits > INFINITY_BITS ? INFINITY_BITS : rounded === 0n ? 0n : bits
    const value = DOUBLE[0] as number
    return this.mantissa < 0n ? -value : value
  }

  /** 'p', or 'p/q' in lowest terms. */
  toString(): string {
    if (this.exponent >= 0) return this.scaled(0).toString()
    return `${this.mantissa}/${1n << BigInt(-this.exponent)}`
  }
}

function fromDouble(value: number): Dyadic {
  DOUBLE[0] = value
  const bits = WORD[0] as bigint
  const biased = Number((bits >> BigInt(MANTISSA_BITS)) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n
  return Dyadic.of(value < 0 ? -mantissa : mantissa, Math.max(biased, 1) - 1 + LEAST_EXPONENT)
}

function fromText(text: string, name: string): Dyadic {
  const match = FRACTION.exec(text)
  const denominator = match === null ? 0n : match[2] !== undefined ? 1n << BigInt(match[2]) : BigInt(match[3] ?? 1)
  if (match === null || denominator === 0n || (denominator & (denominator - 1n)) !== 0n) {
    throw new RangeError(`${name} must be 'p', 'p/q' or 'p/2^k' with integers and q a power of two, got '${text}'`)
  }
  return Dyadic.of(BigInt(match[1] as string), 1 - bitLength(denominator))
}

/** magnitude / 2^shift, rounded to an integer, ties to even. */
function roundedShift(magnitude: bigint, shift: number): bigint {
  if (shift <= 0) return magnitude << BigInt(-shift)
  const quotient = magnitude >> BigInt(shift)
  const rest = magnitude - (quotient << BigInt(shift))
  const half = 1n << BigInt(shift - 1)
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

/** Bits of a magnitude >= 0 without leading zeros. */
export function bitLength(magnitude: bigint): number {
  if (magnitude === 0n) return 0
  // Radix 16 is read off in one pass; there is no other way to ask a BigInt for its length.
  const hex = magnitude.toString(16)
  return 4 * (hex.length - 1) + 32 - Math.clz32(Number.parseInt(hex[0] as string, 16))
}

function trailingZeros(n: bigint): number {
  return (n & 1n) === 1n ? 0 : bitLength(n & -n) - 1
}
