import { checkInt } from '../core/check.ts'
import type { Activation, Builder, Register } from '../program/builder.ts'
import { Field, type FieldOptions } from '../program/field.ts'
import { inner as rowInner, outer as rowOuter, wholeRows } from '../program/row-ops.ts'

/** How a field for a flow is made. */
export interface FlowFieldOptions extends Pick<FieldOptions, 'dtype' | 'seed' | 'rate'> {
  /** Activation of the hidden layers. Default 'tanh'. */
  readonly activation?: Activation
}

/**
 * A multilayer perceptron whose layers are (W x + b) sigmoid(g t + c) + d t: time opens and closes each unit, and moves it (the
 * "concatsquash" layers of FFJORD, Grathwohl et al. 2019). Parameters are named as theirs: `0.layer.weight`, `0.gate.weight`,
 * `0.shift.weight`, ...
 *
 * @param sizes widths from input to output, the first and the last equal to the state's dim
 */
export function concatSquash(sizes: readonly number[], options: FlowFieldOptions = {}): Field {
  const { activation = 'tanh', ...rest } = options
  const [dim] = sizes
  if (sizes.length < 2 || dim !== sizes[sizes.length - 1])
    throw new RangeError(`sizes must begin and end with the state's dim, got [${sizes.join(', ')}]`)
  for (const [i, size] of sizes.entries()) checkInt(`sizes[${i}]`, size, 1, 65536)
  const write = (p: Builder): Register => {
    const t = p.time()
    let x = p.state
    for (const [i, width] of sizes.slice(1).entries()) {
      const gate = p.dense(t, width, { activation: 'sigmoid', name: `${i}.gate` })
      const shift = p.dense(t, width, { bias: false, name: `${i}.shift` })
      x = p.add(p.mul(p.dense(x, width, { name: `${i}.layer` }), gate), shift)
      if (i < sizes.length - 2) x = p.activate(x, activation)
    }
    return x
  }
  return new Field(dim as number, write, rest)
}

/** How a planar flow is made. */
export interface PlanarOptions extends Pick<FieldOptions, 'dtype' | 'seed' | 'rate'> {
  /** Widths of the hidden layers of the network of time. Default [32, 32]. */
  readonly hidden?: readonly number[]
}

/**
 * The planar continuous normalizing flow of Chen et al. 2018, section 4: sum_n sigma_n(t) u_n(t) tanh(w_n(t)^T z + b_n(t)), n = 1 ...
 * width, whose gates sigma_n in (0, 1) and parameters u_n, w_n, b_n are the outputs of one network of time, with tanh between its layers.
 * Its divergence costs little: the network of time has none, and is evaluated once for all rows of a batch.
 *
 * @param dim components of the state
 * @param width terms of the sum
 */
export function planarField(dim: number, width: number, { hidden = [32, 32], ...options }: PlanarOptions = {}): Field {
  checkInt('dim', dim, 1, 65536)
  checkInt('width', width, 1, 65536)
  for (const [i, size] of hidden.entries()) checkInt(`hidden[${i}]`, size, 1, 65536)
  const write = (p: Builder): Register => {
    let x = p.time()
    for (const [i, size] of hidden.entries()) x = p.dense(x, size, { activation: 'tanh', name: `time.${i}` })
    const all = p.dense(x, (2 * dim + 1) * width, { name: 'time.parameters' })
    const gates = p.dense(x, width, { activation: 'sigmoid', name: 'time.gates' })
    const part = (i: number): Register => p.slice(all, i * width, width)
    const { outer, inner } = rowsOf(p, width)
    let inside = part(0)
    for (let i = 0; i < dim; i++) inside = p.add(inside, outer(p.slice(p.state, i, 1), part(1 + i)))
    const terms = p.mul(gates, p.activate(inside, 'tanh'))
    let sum: Register | undefined
    for (let i = 0; i < dim; i++) {
      const component = inner(part(1 + dim + i), terms)
      sum = sum ? p.concat(sum, component) : component
    }
    return sum as Register
  }
  return new Field(dim, write, options)
}

/** The ops of whole rows; made of others for widths that these do not take. */
function rowsOf(
  p: Builder,
  width: number,
): Readonly<Record<'outer' | 'inner', (x: Register, y: Register) => Register>> {
  if (wholeRows(width)) return { outer: (x, y) => rowOuter(p, x, y), inner: (x, y) => rowInner(p, x, y) }
  return { outer: (x, y) => p.mul(y, repeated(p, x, width)), inner: (x, y) => total(p, p.mul(x, y)) }
}

/** A column `width` times side by side; doublings take no parameters. */
function repeated(p: Builder, column: Register, width: number): Register {
  let all = column
  while (2 * all.width <= width) all = p.concat(all, all)
  return all.width === width ? all : p.concat(all, repeated(p, column, width - all.width))
}

/** The sum of the columns, as a column; by halves. */
function total(p: Builder, x: Register): Register {
  const half = Math.floor(x.width / 2)
  if (half === 0) return x
  const sum = total(p, p.add(p.slice(x, 0, half), p.slice(x, half, half)))
  return 2 * half === x.width ? sum : p.add(sum, p.slice(x, 2 * half, 1))
}
