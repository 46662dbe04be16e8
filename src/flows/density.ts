import type { Adjoint } from '../adjoint/adjoint.ts'
import type { Instead, Middle } from '../adjoint/pull.ts'
import type { Dtype, Pointer } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { log } from '../core/elementwise.ts'
import { NeuralODE } from '../models/neural-ode.ts'
import { Block } from '../program/block.ts'
import type { Register } from '../program/builder.ts'
import type { SolverOptions } from '../solve/options.ts'
import type { Augmented } from './augmented.ts'
import { type Divergence, probeSignal } from './hutchinson.ts'

/** How a continuous normalizing flow is made. */
export interface CNFOptions extends Omit<SolverOptions, 'input'> {
  /** The times of the base density and of the data, two different ones. Default [0, 1]. */
  readonly t?: Numbers
  /** 'exact' (default), or `hutchinson()` for fields of many components. */
  readonly divergence?: Divergence
  /** Standard deviation of the base density, a normal one around 0. Default 1. */
  readonly deviation?: number
  /** Factor on the kinetic energy, the integral of |f|^2 over a path, that is taken off the objective. Default 0. */
  readonly kinetic?: number
  /** The same on the integral of the squared Frobenius norm of df/dz. Default 0. */
  readonly jacobian?: number
  /** How the gradient is taken. Default checkpoint(). */
  readonly adjoint?: Adjoint
}

/** The default tolerances, for states in either precision: those of the paper. */
export const TOLERANCE = 1e-5

/** From data to log-densities: a solve of the augmented field between a read-in and a read-out. */
export class Density extends NeuralODE {
  readonly #augmented: Augmented
  readonly #divergence: Divergence
  readonly #dim: number

  constructor(augmented: Augmented, dim: number, cnf: CNFOptions, weights: readonly number[], span: readonly number[]) {
    const { t, divergence = 'exact', deviation = 1, kinetic, jacobian, ...options } = cnf
    const { dtype, dim: width } = augmented.field
    super(augmented.field, {
      ...options,
      rtol: widened(options.rtol, width),
      atol: widened(options.atol, width),
      t: span,
      readIn: padding(dim, width, dtype),
      readOut: objective(dim, width, deviation, weights, dtype),
    })
    this.#augmented = augmented
    this.#divergence = divergence
    this.#dim = dim
  }

  // Row i of a batch has probe i, wherever the row comes from: the order is not handed on.
  override middle(y0: Pointer, batch: number, gradient: boolean, instead: Instead = {}): Middle {
    const { order, ...own } = instead
    this.#augmented.sync()
    const divergence = this.#divergence
    if (divergence === 'exact') return super.middle(y0, batch, gradient, own)
    const input = probeSignal(divergence, Math.max(batch, 1), this.#dim * divergence.probes)
    return super.middle(y0, batch, gradient, { ...own, plan: { ...this.plan(), input } })
  }

  /** Adds to `gp`, the cotangent of the field's parameters, what follows from that of this model's. */
  pullParameters(g: Pointer, gp: Pointer): void {
    this.#augmented.pull(g, gp)
  }

  dispose(): void {
    this.#augmented.dispose()
    this.readIn?.dispose()
    this.readOut?.dispose()
  }
}

/** Tolerances of the state's components, and the least of them for what is integrated besides. */
function widened(tolerance: number | Numbers | undefined, width: number): number | Numbers {
  if (tolerance === undefined || typeof tolerance === 'number') return tolerance ?? TOLERANCE
  const least = Math.min(...tolerance)
  return Float64Array.from({ length: width }, (_, i) => tolerance[i] ?? least)
}

/** [z | 0 ...] */
function padding(dim: number, width: number, dtype: Dtype): Block {
  return new Block(
    dim,
    width,
    (p) => {
      const zero = p.scale(p.slice(p.state, 0, 1), 0)
      let row: Register = p.state
      while (row.width < width) row = p.concat(row, zero)
      return row
    },
    { dtype },
  )
}

/** log N(z; 0, deviation^2) + the integrals times their weights, of [z | integrals]: a block that is not trained. */
function objective(dim: number, width: number, deviation: number, weights: readonly number[], dtype: Dtype): Block {
  const block = new Block(
    width,
    1,
    (p) => {
      const z = p.slice(p.state, 0, dim)
      return p.dense(p.concat(p.mul(z, z), p.slice(p.state, dim, width - dim)), 1)
    },
    { dtype, rate: 0 },
  )
  const variance = deviation * deviation
  const [constant] = log([2 * Math.PI * variance])
  block.parameters = [...new Array(dim).fill(-0.5 / variance), ...weights, (-dim / 2) * (constant as number)]
  return block
}
