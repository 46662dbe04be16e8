import { describe, expect, test } from 'vitest'
import { Dyadic } from '../../src/theory/dyadic.ts'
import type { Form } from '../../src/theory/machine.ts'
import { increments } from '../../src/theory/quantise.ts'
import type { RCNet } from '../../src/theory/rcnet.ts'
import { snake } from '../../src/theory/snake.ts'
import { type Case, cases, formsOf, networkOf, SHAPES } from './cases.ts'

const ZERO = Dyadic.of(0n)
const ONE = Dyadic.of(1n)
const EXTRA = 3

interface Run {
  readonly net: RCNet
  readonly form: Form
  readonly given: Case
  readonly x: readonly number[]
  /** States before every composition and after the last, with three compositions more than needed. */
  readonly trace: readonly (readonly Dyadic[])[]
  /** One register through all of `trace`. */
  readonly register: (name: string) => Dyadic[]
}

function runsOf(given: Case): Run[] {
  return formsOf(given).flatMap((form) => {
    const net = networkOf(given, form)
    return given.points.map((x) => {
      const trace = net.trace(x, net.compositions + EXTRA)
      const register = (name: string): Dyadic[] => trace.map((z) => z[net.registers.indexOf(name)] as Dyadic)
      return { net, form, given, x, trace, register }
    })
  })
}

const relu = (value: Dyadic): Dyadic => (value.mantissa < 0n ? ZERO : value)
const magnitude = (value: Dyadic): Dyadic => (value.mantissa < 0n ? ZERO.minus(value) : value)
const within = (value: Dyadic, low: number, high: number): boolean =>
  value.compare(Dyadic.from(low)) >= 0 && value.compare(Dyadic.from(high)) <= 0
const isOneOf = (value: Dyadic, low: number, high: number): boolean => value.exponent >= 0 && within(value, low, high)

/** theta_k = relu(B b - 2 k) - relu(B b - 2 k - 1), k = 1..2m. */
function thetas(b: Dyadic, { B, levels }: RCNet): Dyadic[] {
  const symbol = b.times(Dyadic.from(B))
  return increments(levels).map((_, i) => {
    const ramp = (offset: number): Dyadic => relu(symbol.minus(Dyadic.from(2 * (i + 1) + offset)))
    return ramp(0).minus(ramp(1))
  })
}

// The letters are those of the invariants in the specification of the construction.
describe.each(SHAPES)('d = $d, m = $levels, r = 1..30', (shape) => {
  const runs = cases(shape).flatMap(runsOf)
  const counting = runs.filter(({ form }) => form !== 'interpolating')

  test('(a) the tape reads as zeros and ones, which add up to the difference of levels', () => {
    for (const { net, register } of runs) {
      const delay = net.compositions - net.R
      const kappa = increments(net.levels)
      for (const [k, b] of register('b')
        .slice(delay, delay + net.R)
        .entries()) {
        const theta = thetas(b, net)
        expect(theta.every((value) => value.equals(ZERO) || value.equals(ONE))).toBe(true)
        const sum = theta.reduce((sum, value, i) => sum + value.toNumber() * (kappa[i] as number), 0)
        expect(sum).toBe(k === 0 ? 0 : (net.heights[k] as number) - (net.heights[k - 1] as number))
      }
    }
  })

  test('(b) 0 <= b < 1, and b = 0 at the end', () => {
    for (const { net, register } of runs) {
      const b = register('b')
      expect(b.every((value) => value.compare(ZERO) >= 0 && value.compare(ONE) < 0)).toBe(true)
      expect(b.slice(net.compositions).every((value) => value.equals(ZERO))).toBe(true)
    }
  })

  test('(c) C falls from 1 to 0', () => {
    for (const { net, register } of counting) {
      const C = register('C').slice(net.compositions - net.R)
      expect(C[0]?.equals(ONE)).toBe(true)
      expect(C.every((value, k) => within(value, 0, 1) && value.compare(C[k - 1] ?? ONE) <= 0)).toBe(true)
      expect(C.slice(net.R).every((value) => value.equals(ZERO))).toBe(true)
    }
  })

  test('(d) s >= 0', () => {
    for (const { register } of runs) expect(register('s').every((value) => value.compare(ZERO) >= 0)).toBe(true)
  })

  test('(e) counters count, and U_i is the offset from the node in half cells', () => {
    for (const { net, form, x, register } of counting) {
      const [n, d] = [net.n, net.d]
      const delay = net.compositions - net.R
      const path = snake(n, d)
      for (let i = 0; i < d; i++) {
        const U = register(`U${i + 1}`).slice(delay, delay + net.R)
        const start = Dyadic.from(2 * n)
          .times(Dyadic.from(x[i] as number))
          .minus(ONE)
        const offset = (l: number): Dyadic => start.minus(Dyadic.from(2 * (path[l * d + i] as number)))
        // The counter machine mirrors a coordinate where it turns round: moving on is then always U - 2.
        const same = (a: Dyadic, b: Dyadic): boolean =>
          form === 'universal' ? a.equals(b) : magnitude(a).equals(magnitude(b))
        expect(U.every((value, l) => same(value, offset(l)) && within(value, -2 * n, 2 * n))).toBe(true)
        if (form === 'universal' || i === d - 1) continue
        const c = register(`c${i + 1}`).slice(delay, delay + net.R)
        expect(c.every((value) => isOneOf(value, 0, n - 1))).toBe(true)
      }
    }
  })

  test('(e) W_j is 0 or 1', () => {
    for (const { net, form, register } of counting) {
      if (form === 'universal') continue
      const counters = Array.from({ length: net.d - 1 }, (_, j) => register(`c${j + 1}`).slice(0, net.compositions))
      for (let k = 0; k < net.compositions; k++) {
        let left = ONE
        for (const c of counters) {
          left = left.minus(c[k] as Dyadic)
          expect(isOneOf(relu(left), 0, 1)).toBe(true)
        }
      }
    }
  })

  test('(f) the composition is the closed form, exactly', () => {
    for (const { net, x } of runs) expect(net.exact(x).equals(net.closedForm(x))).toBe(true)
  })

  test('(g) three more compositions change nothing', () => {
    for (const { net, x } of runs) expect(net.exact(x, net.compositions + EXTRA).equals(net.exact(x))).toBe(true)
  })

  test('(h) counter, carrier and universal are the same function', () => {
    for (const { given, net, x } of counting) {
      expect(net.exact(x).equals(networkOf(given, 'counter').exact(x))).toBe(true)
    }
  })

  test('(i) at a node the value is its level', () => {
    for (const { net } of runs) {
      const cells = net.form === 'interpolating' ? net.n - 1 : net.n
      // Other nodes are no dyadic numbers.
      if (32 - Math.clz32(cells - 1) === 32 - Math.clz32(cells)) continue
      const path = snake(net.n, net.d)
      for (const [l, height] of net.heights.entries()) {
        const nu = path.slice(l * net.d, (l + 1) * net.d)
        const node = Array.from(nu, (value) => (net.form === 'interpolating' ? value : value + 0.5) / cells)
        expect(net.exact(node).equals(net.eps.times(Dyadic.of(net.aMin + BigInt(height))))).toBe(true)
      }
    }
  })
})
