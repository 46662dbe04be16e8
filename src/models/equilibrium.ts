import type { Instead, Middle } from '../adjoint/pull.ts'
import { Arena } from '../core/arena.ts'
import { type Pointer, read, type Vector } from '../core/boundary.ts'
import { checkInt, checkNumber, checkPositive, type Numbers } from '../core/check.ts'
import type { Activation } from '../program/builder.ts'
import { Field, type FieldOptions } from '../program/field.ts'
import { contract, LipschitzBound } from '../program/lipschitz.ts'
import { type Converged, fixpoint, type Iteration } from '../solve/fixpoint.ts'
import { encodeModel } from './container.ts'
import { readSurrounded, Surrounded, type Surroundings } from './surrounded.ts'

/** What gamma times the field's Lipschitz bound is kept below. */
const CONTRACTION = 0.99
/** Rounding leaves residuals of some units of 2^-24 and 2^-53: less cannot be asked for. */
const FINEST = { f32: 2 ** -21, f64: 2 ** -50 } as const
/** Sums over thousands of units leave 1e-6 in f32. */
const USUAL = { f32: 1e-5, f64: 1e-12 } as const

/** How the block of a deep ReLU implicit network is made. */
export interface ImplicitBlockOptions extends Pick<FieldOptions, 'dtype' | 'seed'> {
  /** Width m of the state. */
  readonly width: number
  /** The field is (gamma / sqrt(m)) act(A z): for a large m its Lipschitz bound starts near 2 gamma. Default 0.4. */
  readonly gamma?: number
  /** Default 'relu'. */
  readonly activation?: Activation
}

/**
 * The block (gamma / sqrt(m)) act(A z) of a deep ReLU implicit network (Gao et al. 2022): A square, without bias, standard normal
 * at the start, and made smaller there where gamma is too large for a contraction.
 */
export function implicitBlock(options: ImplicitBlockOptions): Field {
  const { activation = 'relu', dtype = 'f32', seed = 0 } = options
  const width = checkInt('width', options.width, 1, 65536)
  const factor = checkPositive('gamma', options.gamma ?? 0.4) / Math.sqrt(width)
  const field = new Field(
    width,
    (p) => {
      const init = { kind: 'normal', scale: 1 } as const
      return p.scale(p.dense(p.state, width, { name: 'A', bias: false, activation, init }), factor)
    },
    { dtype, seed },
  )
  contract(field, CONTRACTION)
  return field
}

/** How an equilibrium is found. */
export interface EquilibriumOptions extends Surroundings {
  /** Factor on the block, > 0. Default 1. */
  readonly gamma?: number
  /**
   * A row z has converged when |g - z| <= tol max(|g|, |u|) with g = gamma f(z) + u, in Euclidean norms. Default 1e-5 in f32,
   * 1e-12 in f64; at least 2^-21 and 2^-50. Also for the gradient.
   */
  readonly tol?: number
  /** Evaluations after which a row that has not converged is an error. Default 1000. */
  readonly maxIterations?: number
  /** Earlier iterates that Anderson acceleration mixes in, 0 to 16; 0 is the plain iteration z <- gamma f(z) + u. Default 5. */
  readonly anderson?: number
}

/** Equilibria, and how well they are met. */
export interface FixedPoint {
  /** The states, [batch, dim] row-major, before any read-out. */
  readonly z: Vector
  /** Evaluations of the block for the whole batch: those of the slowest row. */
  readonly iterations: number
  /** The largest relative residual of a row: |g - z| / max(|g|, |u|), measured at z itself. */
  readonly residual: number
  /** Both for every row. */
  readonly rows: readonly { readonly iterations: number; readonly residual: number }[]
}

/**
 * A block run to its fixed point: x -> readOut(z) with z = gamma f(z) + u, u = readIn(x) or x itself: infinitely many layers with
 * one set of parameters and the input injected into each. With f(z) = relu(A z), or `implicitBlock`, it is a deep ReLU
 * implicit network (Gao et al. 2022); any field will do. A field that knows the time sees t = 0.
 *
 * There is one equilibrium if gamma times the field's Lipschitz constant is below 1. `fit` keeps it there (`project`).
 * The gradient is that of the equilibrium, by the implicit function theorem: no iterate is stored.
 * The memory is the field's: dispose that.
 *
 * ```ts
 * const model = new Equilibrium(new MLP([64, 64]), { tol: 1e-6 })
 * const relu = new Equilibrium(implicitBlock({ width: 64 }), { readIn: new Affine(2, 64, { activation: 'relu' }) })
 * ```
 */
export class Equilibrium extends Surrounded {
  readonly gamma: number
  readonly tol: number
  readonly maxIterations: number
  readonly anderson: number

  constructor(field: Field, options: EquilibriumOptions = {}) {
    super(field, options)
    if (field.layers !== 1) {
      throw new RangeError(`the field of an equilibrium must have one set of parameters, got layers ${field.layers}`)
    }
    const { dtype } = field
    this.gamma = checkPositive('gamma', options.gamma ?? 1)
    this.tol = checkPositive('tol', options.tol ?? USUAL[dtype])
    if (this.tol < FINEST[dtype]) {
      throw new RangeError(`tol must be at least ${FINEST[dtype]} in ${dtype}, where rounding begins, got ${this.tol}`)
    }
    this.maxIterations = checkInt('maxIterations', options.maxIterations ?? 1000, 1, 2 ** 30)
    this.anderson = checkInt('anderson', options.anderson ?? 5, 0, 16)
  }

  /**
   * The equilibria for a batch of inputs, [batch, inputs], with what it took to find them.
   * @throws FixedPointError when a row does not converge
   */
  solve(x: Numbers): FixedPoint {
    const batch = this.checkInputs(x)
    const arena = new Arena()
    try {
      const from = arena.copy(this.dtype, this.readIn === undefined ? x : this.readIn.forward(x))
      const z = arena.zeros(this.dtype, batch * this.field.dim)
      const { nfe, residual, rows } = this.#settle(this.field, from, batch, z)
      return { z: read(this.dtype, z, batch * this.field.dim), iterations: nfe, residual, rows }
    } finally {
      arena.free()
    }
  }

  #settle(
    field: Field,
    u: Pointer,
    batch: number,
    z: Pointer,
    transpose?: { at: Pointer; params: Pointer },
  ): Converged {
    const { dtype, gamma, tol, maxIterations, anderson: memory } = this
    const iteration: Iteration = { gamma, tol, maxIterations, memory }
    const task = { dtype, field: field.ready(), dim: field.dim, batch, u, ...iteration }
    return fixpoint(transpose === undefined ? task : { ...task, transpose }, z)
  }

  middle(u: Pointer, batch: number, _gradient: boolean, { field = this.field }: Instead = {}): Middle {
    const arena = new Arena()
    try {
      const z = arena.zeros(this.dtype, batch * field.dim)
      const { nfe } = this.#settle(field, u, batch, z)
      return {
        outputs: z,
        rows: batch,
        nfe,
        // The cotangent v of u solves v = gamma J^T v + gy; that of the parameters is gamma (df/dparameters)^T v.
        sweep: (gy, gx, params) => {
          const back = this.#settle(field, gy, batch, gx, { at: z, params })
          return { dt: new Float64Array(0), nfe: back.nfe, residual: back.residual }
        },
        free: () => arena.free(),
        ownedBy: (owner) => arena.ownedBy(owner),
      }
    } catch (error) {
      arena.free()
      throw error
    }
  }

  /**
   * A bound on the Lipschitz constant of z -> gamma f(z): gamma times the layers' spectral norms and their activations' steepest
   * slopes. Below 1 there is one equilibrium, and plain iteration comes nearer by that factor each time. Infinity where no
   * bound is known (products, exp). Norms are estimated from below by the power method, to about 1 % or better.
   */
  lipschitz(): number {
    return this.gamma * new LipschitzBound(this.field).at()
  }

  /**
   * Shrinks the field's weights so that `lipschitz()` is 0.99, where it is above; leaves them alone where no bound is known.
   * Returns `lipschitz()` from then on. `fit` does this after every step.
   */
  project(): number {
    return this.gamma * contract(this.field, CONTRACTION / this.gamma)
  }

  /** For trainings: `project`. */
  afterUpdate(): void {
    this.project()
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { gamma, tol, maxIterations, anderson } = this
    return encodeModel('equilibrium', this.roles, { gamma, tol, maxIterations, anderson }, metadata)
  }

  /** The model that `save` wrote. Throws FormatError naming what is wrong with the bytes. */
  static from(bytes: Uint8Array | ArrayBuffer): Equilibrium {
    return readSurrounded('equilibrium', bytes, (field, surroundings, options) => {
      const number = (name: string): number => checkNumber(name, options[name], 'a number', () => true)
      const [gamma, tol] = [number('gamma'), number('tol')]
      const [maxIterations, anderson] = [number('maxIterations'), number('anderson')]
      return new Equilibrium(field, { ...surroundings, gamma, tol, maxIterations, anderson })
    })
  }
}
