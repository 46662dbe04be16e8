import type { AdjointMaker } from '../adjoint/adjoint.ts'
import { revive } from '../adjoint/checkpoint.ts'
import type { Vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { FormatError } from '../io/safetensors.ts'
import { decodeModel, encodeModel } from '../models/container.ts'
import { NeuralODE, type NeuralODEOptions } from '../models/neural-ode.ts'
import type { Block } from '../program/block.ts'
import { checkScalar, flowOf, follow, padded, unpadded } from './gradient-field.ts'

/** How a Hamiltonian system is solved. */
export type HamiltonianODEOptions = Omit<NeuralODEOptions, 'readIn' | 'readOut'>

/**
 * A Hamiltonian neural network as a neural ODE (Greydanus, Dzamba, Yosinski 2019): dq/dt = dH/dp, dp/dt = -dH/dq with a block H from
 * the state [q | p] to one number, by any solver. The flow keeps H, and the solver does as far as it is exact; where H is a
 * kinetic energy and a potential, `Leapfrog` does without drift.
 *
 * The parameters are the field's: they begin as those of H. The memory is the field's, too: `dispose()`, or let it be collected.
 *
 * ```ts
 * const H = new Block(2, 1, (p) => p.dense(p.dense(p.state, 32, { activation: 'tanh' }), 1))
 * const model = new HamiltonianODE(H, { t: [0, 0.1, 0.2], rtol: 1e-6, atol: 1e-6 })
 * ```
 */
export class HamiltonianODE extends NeuralODE {
  readonly #hamiltonian: Block

  /** @throws RangeError where H is not from an even number of components to one number */
  constructor(hamiltonian: Block, options: HamiltonianODEOptions = {}) {
    checkScalar('hamiltonian', hamiltonian)
    if (hamiltonian.inputs % 2 !== 0)
      throw new RangeError(`hamiltonian must read [q | p], as many of both, got ${hamiltonian.inputs} components`)
    super(flowOf(hamiltonian), options)
    this.#hamiltonian = hamiltonian
  }

  /** H, with the parameters as they are trained so far. */
  get hamiltonian(): Block {
    return follow(this.#hamiltonian, this.field)
  }

  /** H of states, [rows, 2 dim] -> [rows]. */
  energy(states: Numbers): Vector {
    return this.hamiltonian.forward(states)
  }

  /** The model as one buffer: a safetensors file; see `NeuralODE.save`. */
  override save(metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
    const { t, output, adjoint, solverOptions } = this
    const field = padded(this.hamiltonian)
    try {
      return encodeModel(
        'hamiltonian-ode',
        new Map([['field', field]]),
        { t, output, adjoint, ...solverOptions },
        metadata,
      )
    } finally {
      field.dispose()
    }
  }

  /** The model that `save` wrote; see `NeuralODE.from`. */
  static override from(bytes: Uint8Array | ArrayBuffer, ...makers: readonly AdjointMaker[]): HamiltonianODE {
    const { field, options } = decodeModel('hamiltonian-ode', bytes)
    try {
      return new HamiltonianODE(unpadded(field), revive(options as HamiltonianODEOptions, makers))
    } catch (error) {
      field.dispose()
      throw new FormatError(`the model's options: ${(error as Error).message}`)
    }
  }

  /** Gives the memory of the field and of H back. */
  dispose(): void {
    this.field.dispose()
    this.#hamiltonian.dispose()
  }
}
