/** Programs of fields in plain doubles, row by row: what the core's op table is compared with. */

import { type Activation, Builder, type Call, type DenseOptions, type Register } from '../../src/program/builder.ts'
import { again, divide, gather, scatter as scatterTo } from '../../src/program/cell-ops.ts'
import { outer, inner as rowInner } from '../../src/program/row-ops.ts'
import type { Signal } from '../../src/program/signal.ts'
import { scatter } from './gradients.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Abramowitz and Stegun 7.1.5, the series of erf: exact enough for |x| < 4. */
function erf(x: number): number {
  let [term, sum] = [x, x]
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

export const activations: Readonly<Record<Activation, (x: number) => number>> = {
  identity: (x) => x,
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x * sigmoid(x),
  tanh: Math.tanh,
  sigmoid,
  sin: Math.sin,
  exp: Math.exp,
}

/** One row through the calls; `parameters` is the block they lay out, in the order of the calls, `input` the signal they read. */
export function interpret(
  calls: readonly Call[],
  parameters: ArrayLike<number>,
  t: number,
  state: readonly number[],
  input?: Signal,
): number[] {
  // Registers as the builder numbers them: an activation that needs its input takes one more.
  const shadow = new Builder(state.length)
  const values = new Map<number, number[]>([[0, [...state]]])
  const registers = new Map<number, Register>([[0, shadow.state]])
  let at = 0
  let last = [...state]
  for (const [method, a, b, c] of calls) {
    const x = values.get(a as number) as number[]
    const y = values.get(b as number) as number[]
    const [rx, ry] = [registers.get(a as number) as Register, registers.get(b as number) as Register]
    let register: Register
    switch (method) {
      case 'dense': {
        const { activation = 'identity', bias = true } = c as DenseOptions
        const [width, weight] = [b as number, at]
        at += width * x.length
        const start = at
        if (bias) at += width
        last = Array.from({ length: width }, (_, i) =>
          activations[activation](
            x.reduce(
              (sum, v, j) => sum + v * (parameters[weight + i * x.length + j] as number),
              bias ? (parameters[start + i] as number) : 0,
            ),
          ),
        )
        register = shadow.dense(rx, width, c as DenseOptions)
        break
      }
      case 'activate':
        last = x.map(activations[b as Activation])
        register = shadow.activate(rx, b as Activation)
        break
      case 'add':
        last = x.map((v, i) => v + (y[i] as number))
        register = shadow.add(rx, ry)
        break
      case 'mul':
        last = x.map((v, i) => v * (y[i] as number))
        register = shadow.mul(rx, ry)
        break
      case 'scale':
        last = x.map((v) => v * (b as number))
        register = shadow.scale(rx, b as number)
        break
      case 'concat':
        last = [...x, ...y]
        register = shadow.concat(rx, ry)
        break
      case 'slice':
        last = x.slice(b as number, (b as number) + (c as number))
        register = shadow.slice(rx, b as number, c as number)
        break
      case 'gather': {
        const indices = b as readonly number[]
        last = indices.map((i) => x[i] as number)
        register = gather(shadow, rx, indices)
        break
      }
      case 'scatter': {
        const [indices, width] = [b as readonly number[], c as number]
        last = new Array<number>(width).fill(0)
        for (const [j, i] of indices.entries()) last[i] = (last[i] as number) + (x[j] as number)
        register = scatterTo(shadow, rx, indices, width)
        break
      }
      case 'again': {
        register = again(shadow, rx, b as string)
        const offset = (part: string): number =>
          shadow.parameters.find(({ name }) => name === `${b}.${part}`)?.offset ?? -1
        const [weight, bias] = [offset('weight'), offset('bias')]
        last = Array.from({ length: register.width }, (_, i) =>
          x.reduce(
            (sum, v, j) => sum + v * (parameters[weight + i * x.length + j] as number),
            bias < 0 ? 0 : (parameters[bias + i] as number),
          ),
        )
        break
      }
      case 'divide':
        last = x.map((v, i) => v / (y[i] as number))
        register = divide(shadow, rx, ry)
        break
      case 'inner':
        last = [x.reduce((sum, v, i) => sum + v * (y[i] as number), 0)]
        register = rowInner(shadow, rx, ry)
        break
      case 'outer':
        last = y.map((v) => v * (x[0] as number))
        register = outer(shadow, rx, ry)
        break
      case 'input':
        last = [...(input as Signal).at(t)]
        register = shadow.input(a as number)
        break
      case 'inputRate':
        last = [...(input as Signal).derivativeAt(t)]
        register = shadow.inputRate(a as number)
        break
      default:
        last = [t]
        register = shadow.time()
    }
    values.set(register.index, last)
    registers.set(register.index, register)
  }
  return last
}

const SMOOTH: readonly Activation[] = ['identity', 'softplus', 'gelu', 'silu', 'tanh', 'sigmoid', 'sin']

/** A program of `length` ops without a plan: every op reads what happens to be there, so registers are read never, once, often. */
export function arbitrary(p: Builder, length: number, seed: number): Register {
  const dice = scatter(length * 6, seed)
  let throws = 0
  const below = (n: number): number => Math.floor((((dice[throws++ % dice.length] as number) + 1) / 2) * n)
  const registers = [p.state]
  const any = (): Register => registers[below(registers.length)] as Register
  for (let i = 0; i < length; i++) {
    const x = any()
    const same = registers.filter(({ width }) => width === x.width)
    const y = same[below(same.length)] as Register
    const ops: (() => Register)[] = [
      () => p.dense(x, 1 + below(4), { activation: SMOOTH[below(SMOOTH.length)] as Activation, bias: below(2) === 0 }),
      () => p.activate(x, SMOOTH[below(SMOOTH.length)] as Activation),
      () => p.add(x, y),
      // Bounded, so that products of products do not grow.
      () => p.mul(p.activate(x, 'tanh'), p.activate(y, 'sin')),
      () => p.scale(x, 0.7),
      () => (x.width + y.width < 9 ? p.concat(x, y) : p.scale(x, -1)),
      () => p.slice(x, below(x.width), 1),
      () => p.time(),
      () => gather(p, x, [below(x.width), below(x.width)]),
      () =>
        scatterTo(
          p,
          x,
          Array.from({ length: x.width }, () => below(3)),
          3,
        ),
      // Away from zero.
      () => divide(p, x, p.activate(p.activate(y, 'sin'), 'exp')),
    ]
    registers.push((ops[below(ops.length)] as () => Register)())
  }
  return p.dense(any(), p.state.width)
}
