import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitLength, Dyadic, type Exact } from '../../src/theory/dyadic.ts'
import { add, mul, type Rational, sub, toNumber } from '../support/rational.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const any = fc
  .tuple(fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }), fc.integer({ min: -300, max: 300 }))
  .map(([mantissa, exponent]) => Dyadic.of(mantissa, exponent))
const small = fc.double({ noNaN: true, min: -1e3, max: 1e3 }).map((value) => Dyadic.from(value))

const asRational = ({ mantissa, exponent }: Dyadic): Rational =>
  exponent < 0 ? { n: mantissa, d: 1n << BigInt(-exponent) } : { n: mantissa << BigInt(exponent), d: 1n }
const isSame = (x: Dyadic, y: Rational): boolean => asRational(x).n * y.d === y.n * asRational(x).d

describe('from', () => {
  test.each<[Exact, string]>([
    [0, '0'],
    [-0, '0'],
    [0.75, '3/4'],
    [-12, '-12'],
    [5n << 70n, `${5n << 70n}`],
    ['341/1024', '341/1024'],
    ['-6/4', '-3/2'],
    ['+7', '7'],
    ['3585755/2^24', '3585755/16777216'],
    [Dyadic.of(12n, -2), '3'],
    [5e-324, `1/${1n << 1074n}`],
    [Number.MAX_VALUE, `${((1n << 53n) - 1n) << 971n}`],
  ])('%s is %s', (value, text) => expect(Dyadic.from(value).toString()).toBe(text))

  test.each(['1/3', '0.5', '', '1/0', '1/-2', '2/2^', 'x', '1e3', '1/2/2', '1/6'])(
    "'%s' is refused, and what would be right is said",
    (text) =>
      expect(() => Dyadic.from(text, 'x[0]')).toThrow(
        new RangeError(`x[0] must be 'p', 'p/q' or 'p/2^k' with integers and q a power of two, got '${text}'`),
      ),
  )

  test('numbers that are not finite, and what is no number, are refused', () => {
    expect(() => Dyadic.from(Number.NaN, 'x[1]')).toThrow(new RangeError('x[1] must be finite, got NaN'))
    expect(() => Dyadic.from(-Infinity)).toThrow(new RangeError('value must be finite, got -Infinity'))
    expect(() => Dyadic.from(null as unknown as number, 'x[0]')).toThrow(TypeError)
  })

  test('every double, every text of a Dyadic: there and back', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(Dyadic.from(value).toNumber()).toBe(value === 0 ? 0 : value)
      }),
    )
    fc.assert(
      fc.property(any, (value) => {
        expect(Dyadic.from(value.toString()).equals(value)).toBe(true)
      }),
    )
  })
})

test('equal numbers have equal parts: the mantissa is odd or 0', () => {
  fc.assert(
    fc.property(any, ({ mantissa, exponent }) => {
      expect(mantissa === 0n ? exponent === 0 : (mantissa & 1n) === 1n).toBe(true)
      expect(Dyadic.of(mantissa << 77n, exponent - 77).equals(Dyadic.of(mantissa, exponent))).toBe(true)
    }),
  )
})

describe('arithmetic', () => {
  test('sums, differences and products are those of rational numbers', () => {
    fc.assert(
      fc.property(any, any, (x, y) => {
        const [p, q] = [asRational(x), asRational(y)]
        expect(isSame(x.plus(y), add(p, q))).toBe(true)
        expect(isSame(x.minus(y), sub(p, q))).toBe(true)
        expect(isSame(x.times(y), mul(p, q))).toBe(true)
      }),
    )
  })

  test('order is the order of numbers', () => {
    fc.assert(
      fc.property(small, small, (x, y) => {
        expect(x.compare(y)).toBe(Math.sign(x.toNumber() - y.toNumber()))
        expect(x.compare(x)).toBe(0)
      }),
    )
  })

  test('scaled gives the integer, cut off below', () => {
    expect(Dyadic.from(2.75).scaled(2)).toBe(11n)
    expect(Dyadic.from(2.75).scaled(1)).toBe(5n)
    expect(Dyadic.from(3).scaled(100)).toBe(3n << 100n)
  })

  test('bitLength', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1n << 300n }), (n) => {
        expect(bitLength(n)).toBe(n.toString(2).length)
      }),
    )
    expect(bitLength(0n)).toBe(0)
  })
})

describe('the nearest double', () => {
  test('as the division of rational numbers rounds', () => {
    fc.assert(
      fc.property(any, (x) => {
        expect(x.toNumber()).toBe(toNumber(asRational(x)))
      }),
    )
  })

  test('between two doubles the nearer one, and in the middle the even one', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 1e-300, max: 1e300 }), fc.bigInt(1n, 99n), (value, k) => {
        const low = Dyadic.from(value)
        const unit = low.minus(Dyadic.from(rightOf(value)))
        const between = low.minus(unit.times(Dyadic.of(k, -7)))
        const middle = low.minus(unit.times(Dyadic.of(1n, -1)))
        expect(between.toNumber()).toBe(k < 64n ? value : k > 64n ? rightOf(value) : middle.toNumber())
        expect((middle.toNumber() / unit.toNumber()) % 2).toBe(-0)
      }),
    )
  })

  test.each<[string, Dyadic, number]>([
    ['least subnormal', Dyadic.of(1n, -1074), 5e-324],
    ['half of it: to even, which is 0', Dyadic.of(1n, -1075), 0],
    ['a little more than half', Dyadic.of((1n << 60n) + 1n, -1135), 5e-324],
    ['3/2 of it: to even, which is 2', Dyadic.of(3n, -1075), 1e-323],
    ['a quarter', Dyadic.of(1n, -1076), 0],
    // 2^-1022 - 2^-1075: to 53 bits it would be itself, and then once more to the middle
    ['rounded once, not twice, on the way to a subnormal', Dyadic.of((1n << 53n) - 1n, -1075), 2 ** -1022],
    ['largest', Dyadic.of((1n << 53n) - 1n, 971), Number.MAX_VALUE],
    ['just below the middle to 2^1024', Dyadic.of((1n << 60n) - 65n, 964), Number.MAX_VALUE],
    ['the middle to 2^1024', Dyadic.of((1n << 54n) - 1n, 970), Infinity],
    ['far beyond', Dyadic.of(-1n, 100000), -Infinity],
    ['far below', Dyadic.of(-1n, -100000), -0],
  ])('%s', (_, value, nearest) => expect(value.toNumber()).toBe(nearest))
})

/** The next double after a positive one. */
function rightOf(value: number): number {
  const bits = new BigInt64Array(Float64Array.of(value).buffer)
  bits[0] = (bits[0] as bigint) + 1n
  return new Float64Array(bits.buffer)[0] as number
}
