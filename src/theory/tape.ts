/** Tapes: sequences of small digits written into one long number, which a ReLU network reads one digit a step. */

import { Dyadic } from './dyadic.ts'

/** One tape and the units that read it. */
export class Tape {
  /** Register of the state that holds the tape. */
  readonly register: string
  /** Bits of a symbol: the tape is read in base 2^bits. */
  readonly bits: number
  /** One digit per step. */
  readonly digits: Uint16Array
  /** `units[k - 1]` rises and `falls[k - 1]` cancels it again: their difference is 1 if the digit is >= k, else 0. */
  readonly units: readonly string[]
  readonly falls: readonly string[]
  #value: Dyadic | undefined

  constructor(register: string, bits: number, digits: Uint16Array, units: readonly string[], falls: readonly string[]) {
    this.register = register
    this.bits = bits
    this.digits = digits
    this.units = units
    this.falls = falls
  }

  /** sum over l of (2 D_l + 1) 2^(-bits (l + 1)). Odd symbols leave the gaps in which thresholds of finite slope switch. */
  get value(): Dyadic {
    this.#value ??= write(this.digits, this.bits)
    return this.#value
  }
}

/** Bits of the least base above 2 (largest digit) + 1: every odd symbol fits. */
export function symbolBits(largest: number): number {
  return 32 - Math.clz32(2 * largest + 1)
}

function write(digits: Uint16Array, bits: number): Dyadic {
  // Text in radix 2 is the way to a long BigInt whose cost is linear in its length.
  const symbols: string[] = []
  for (const digit of digits) symbols.push((2 * digit + 1).toString(2).padStart(bits, '0'))
  return Dyadic.of(BigInt(`0b${symbols.join('')}`), -bits * digits.length)
}
