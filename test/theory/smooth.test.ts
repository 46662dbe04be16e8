import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import { Dyadic } from '../../src/theory/dyadic.ts'
import { increments } from '../../src/theory/quantise.ts'
import type { RCNet } from '../../src/theory/rcnet.ts'
import { snake } from '../../src/theory/snake.ts'
import { cases, networkOf } from './cases.ts'

const ZERO = Dyadic.of(0n)
const ONE = Dyadic.of(1n)
const max = (a: Dyadic, b: Dyadic): Dyadic => (a.compare(b) < 0 ? b : a)
const min = (a: Dyadic, b: Dyadic): Dyadic => (a.compare(b) < 0 ? a : b)
const int = (value: number): Dyadic => Dyadic.of(BigInt(value))
const sum = (values: readonly Dyadic[]): Dyadic => values.reduce((total, value) => total.plus(value), ZERO)

/** The nodes of the grid in the order of the path. */
function nodesOf({ n, d, R }: RCNet): number[][] {
  const path = snake(n, d)
  return Array.from({ length: R }, (_, l) => Array.from(path.subarray(l * d, (l + 1) * d)))
}

/** phi_k at x, for all nodes k. */
function hats(net: RCNet, x: readonly number[]): Dyadic[] {
  return nodesOf(net).map((node) => {
    const t = node.map((nu, i) =>
      int(net.n - 1)
        .times(Dyadic.from(x[i] as number))
        .minus(int(nu)),
    )
    const hat = ONE.minus(t.reduce(max, ZERO)).plus(t.reduce(min, ZERO))
    return max(hat, ZERO)
  })
}

const SHAPES = [1, 2, 3].flatMap((d) => [3, 4, 8].map((levels) => ({ d, levels })))

describe.each(SHAPES)('d = $d, m = $levels', ({ d, levels }) => {
  const runs = cases({ d, levels })
    .filter(({ r }) => r >= 2 ** d)
    .flatMap((given) => {
      const net = networkOf(given, 'smooth')
      return given.points.map((x) => ({ net, x, trace: net.trace(x), phi: hats(net, x) }))
    })
  const column = ({ net, trace }: (typeof runs)[number], name: string): Dyadic[] =>
    trace.map((z) => z[net.registers.indexOf(name)] as Dyadic)

  test('the network is the sum of the hats, exactly, and so is the closed form', () => {
    for (const { net, x, phi } of runs) {
      expect(sum(phi).equals(ONE)).toBe(true)
      const levelled = sum(phi.map((hat, k) => hat.times(int(net.heights[k] as number))))
      const value = levelled.plus(Dyadic.of(net.aMin)).times(net.eps)
      expect(net.exact(x).toString()).toBe(value.toString())
      expect(net.closedForm(x).toString()).toBe(value.toString())
    }
  })

  test('three more compositions change nothing', () => {
    for (const { net, x } of runs) expect(net.exact(x, net.R + 3).equals(net.exact(x))).toBe(true)
  })

  test('the tapes hold the changes of the slopes', () => {
    const kappa = increments(levels)
    for (const { net } of runs) {
      const nodes = nodesOf(net)
      const place = new Map(nodes.map((node, l) => [String(node), l]))
      const slope = (l: number, i: number): number => {
        const node = nodes[l] as number[]
        const base = node.map((nu, j) => (j === i && nu === net.n - 1 ? nu - 1 : nu))
        const ahead = base.map((nu, j) => (j === i ? nu + 1 : nu))
        const height = (at: number[]): number => net.heights[place.get(String(at)) as number] as number
        return height(ahead) - height(base)
      }
      for (let l = 1; l < net.R; l++) {
        for (let i = 0; i < d; i++) {
          const digit = net.digits[l * d + i] as number
          const change = kappa.slice(0, digit).reduce((total, value) => total + value, 0)
          expect(change).toBe(slope(l, i) - slope(l - 1, i))
        }
      }
      expect([...net.digits.subarray(0, d)]).toEqual(new Array(d).fill(0))
    }
  })

  test('tapes stay in [0, 1) and end at 0', () => {
    for (const run of runs) {
      for (const name of run.net.registers.filter((name) => /^[bM]/.test(name))) {
        const tape = column(run, name)
        expect(tape.every((value) => value.compare(ZERO) >= 0 && value.compare(ONE) < 0)).toBe(true)
        expect(tape.at(-1)?.equals(ZERO)).toBe(true)
      }
    }
  })

  test('U, W and V are the offset from the node, the hats left and their first moments', () => {
    for (const run of runs) {
      const { net, x, phi } = run
      const nodes = nodesOf(net)
      const N = int(net.n - 1)
      const W = d === 1 ? undefined : column(run, 'W')
      for (let i = 0; i < d; i++) {
        const U = column(run, d === 1 ? 'U' : `U${i + 1}`)
        const V = d === 1 ? undefined : column(run, `V${i + 1}`)
        for (const [l, node] of nodes.entries()) {
          const offset = N.times(Dyadic.from(x[i] as number)).minus(int(node[i] as number))
          // For d = 1 only its positive part matters.
          expect(
            (d === 1 ? max(U[l] as Dyadic, ZERO) : (U[l] as Dyadic)).equals(d === 1 ? max(offset, ZERO) : offset),
          ).toBe(true)
          if (V === undefined || W === undefined) continue
          const from = Math.max(0, l - 1)
          const moment = sum(
            phi
              .slice(from)
              .map((hat, k) => hat.times(int((nodes[from + k]?.[i] as number) - (nodes[from]?.[i] as number)))),
          )
          expect((V[l] as Dyadic).equals(moment)).toBe(true)
          expect(max(moment, ZERO.minus(moment)).compare(N)).toBeLessThanOrEqual(0)
          expect((W[l] as Dyadic).equals(sum(phi.slice(l)))).toBe(true)
        }
      }
    }
  })

  test('at a node the value is its level', () => {
    for (const { net } of runs.filter(({ net }) => [1, 2, 4, 8, 16].includes(net.n - 1))) {
      for (const [l, node] of nodesOf(net).entries()) {
        const value = net.exact(node.map((nu) => nu / (net.n - 1)))
        expect(value.equals(net.eps.times(Dyadic.of(net.aMin + BigInt(net.heights[l] as number))))).toBe(true)
      }
    }
  })

  test('doubles: without tapes everywhere, with them within their range', () => {
    for (const { net, x } of runs) {
      const exact = net.exact(x).toNumber()
      const size = Math.abs(exact) + Math.abs(Number(net.aMin)) * net.eps.toNumber()
      const range = net.eps.toNumber() * Math.max(...net.heights)
      if (net.R <= net.exactRange)
        expect(Math.abs(net.evalPlain(x) - exact)).toBeLessThanOrEqual(1e-15 * (size + range))
    }
  })
})

describe('sizes, which do not grow with r', () => {
  test.each([
    [1, 3, 3, [16, 10], 267],
    [1, 4, 3, [20, 12], 371],
    [2, 4, 14, [59, 53, 20], 5439],
    [3, 4, 20, [87, 77, 28], 11367],
  ])('d = %i, %i levels', (d, levels, state, widths, parameters) => {
    for (const r of [64, 1000]) {
      const net = approximate(([x]) => (x as number) ** 2, { d, r, levels, form: 'smooth' })
      expect(net.registers.length).toBe(state)
      expect(net.layers.slice(0, -1).map(({ b }) => b.length)).toEqual(widths)
      expect(net).toMatchObject({ depth: widths.length, width: widths[0], parameters })
    }
  })
})

test('functions that are affine, or nearly, and functions of any size', () => {
  const point = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 })
  for (const scale of [1, 1e-9, 1e9, 1e200]) {
    const f = ([x, y]: number[]): number => scale * (3 * (x as number) - (y as number))
    const net = approximate(f, { d: 2, r: 30, form: 'smooth' })
    fc.assert(
      fc.property(point, (x) => {
        expect(Math.abs(net.exact(x).toNumber() - f(x))).toBeLessThanOrEqual(5 * scale * 2 ** -45 + 2 ** -49)
      }),
      { numRuns: 20 },
    )
  }
})
