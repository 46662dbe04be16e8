/** Models of every kind that a pool takes, and batches for them. */

import { Affine, Block, Compose, Field, MLP, NeuralODE, ResNet, residualBlocks, rk4, tsit5, type Vector } from 'relode'
import { backsolve } from 'relode/adjoints'
import { Equilibrium, implicitBlock } from 'relode/equilibrium'
import { EventODE } from 'relode/events'
import { CNF } from 'relode/flows'
import type { Poolable } from 'relode/pool'
import { gruCell, Recurrent, rnnCell } from 'relode/recurrent'
import { HamiltonianODE, Leapfrog } from 'relode/structured'

const mlp = (dtype: 'f32' | 'f64', seed = 1): MLP => new MLP([3, 10, 3], { activation: 'tanh', dtype, seed })

const around = (dtype: 'f32' | 'f64'): { readIn: Affine; readOut: Affine } => ({
  readIn: new Affine(2, 3, { dtype, seed: 4 }),
  readOut: new Affine(3, 2, { dtype, seed: 5 }),
})

/** A network from some numbers to one. */
const energy = (inputs: number, dtype: 'f32' | 'f64'): Block =>
  new Block(inputs, 1, (p) => p.dense(p.dense(p.state, 8, { activation: 'tanh' }), 1), { dtype, seed: 6 })

/** Rows of these do not see each other: a shard has the bits that its rows have in the batch. */
export const BY_ROW: Readonly<Record<string, (dtype: 'f32' | 'f64') => Poolable>> = {
  'fixed steps': (dtype) => new NeuralODE(mlp(dtype), { solver: rk4, steps: 5 }),
  'fixed steps, more times': (dtype) =>
    new NeuralODE(mlp(dtype), { solver: rk4, steps: 6, t: [0, 0.5, 1, 2], ...around(dtype) }),
  'steps by sample': (dtype) =>
    new NeuralODE(mlp(dtype), { solver: tsit5, control: 'sample', t: [0, 0.7, 2], rtol: 1e-5, atol: 1e-5 }),
  compose: (dtype) => new Compose(mlp(dtype), { times: 4, ...around(dtype) }),
  resnet: (dtype) =>
    new ResNet(residualBlocks({ width: 3, hidden: 6, depth: 7, initialV: 'normal', dtype, activation: 'relu' })),
  events: (dtype) => {
    const field = new Field(3, (p) => p.scale(p.state, -1), { dtype })
    const event = new Affine(3, 1, { dtype })
    event.parameters = [1, 1, 1, -0.5]
    return new EventODE(field, { event, t: [0, 20] })
  },
  recurrent: (dtype) =>
    new Recurrent(gruCell(2, 5, { dtype, seed: 2 }), {
      length: 4,
      output: 'all',
      readOut: new Affine(5, 2, { dtype, seed: 3 }),
    }),
  density: (dtype) => new CNF(mlp(dtype), { control: 'sample', rtol: 1e-4, atol: 1e-4, kinetic: 0.1 }),
  leapfrog: (dtype) => new Leapfrog({ potential: energy(2, dtype), t: [0, 0.5, 1], dt: 0.1 }),
  hamiltonian: (dtype) => new HamiltonianODE(energy(4, dtype), { solver: rk4, steps: 4 }),
  'recurrent, backward': (dtype) =>
    new Recurrent(rnnCell(1, 6, { dtype, seed: 2 }), { length: 7, direction: 'backward' }),
}

/** The others: their steps, or iterations, are common to the rows of a shard. */
export const BY_BATCH: typeof BY_ROW = {
  'steps by batch': (dtype) => new NeuralODE(mlp(dtype), { solver: tsit5, rtol: 1e-5, atol: 1e-5 }),
  'density by batch': (dtype) => new CNF(mlp(dtype), { kinetic: 0.1, jacobian: 0.1, adjoint: backsolve() }),
  equilibrium: (dtype) => new Equilibrium(implicitBlock({ width: 3, dtype }), around(dtype)),
}

/** One of the first, in f64. */
export const make = (name = 'fixed steps'): Poolable => (BY_ROW[name] as (dtype: 'f64') => Poolable)('f64')

/** dy/dt = y^2 blows up at t = 1 / y0. */
export const square = (): Field => new Field(1, (p) => p.mul(p.state, p.state), { dtype: 'f64' })

/** What a call rejects with. */
export async function failure(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => {
      throw new Error('it did not fail')
    },
    (error) => error,
  )
}

/** Rows of inputs: different ones, of size 1 or so, no sum of three of them below 1. */
export function batch({ dtype, inputs }: Poolable, rows: number): Vector {
  const values = Array.from({ length: rows * inputs }, (_, i) => 0.5 + ((i * 7919) % 101) / 101)
  return dtype === 'f32' ? Float32Array.from(values) : Float64Array.from(values)
}

/** Cotangents, or targets, for so many outputs. */
export function like(y: Vector): Vector {
  return y.map((_, i) => ((i * 104729) % 211) / 211 - 0.4)
}

/** The largest difference, relative to the largest value. */
export function apart(a: Vector, b: Vector): number {
  const size = Math.max(...b.map(Math.abs), 1e-300)
  return Math.max(0, ...a.map((v, i) => Math.abs(v - (b[i] as number)))) / size
}
