import { type Model, Parameters, type Pass } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Dtype, guarded, type Pointer, read, sizeOf, type Vector, vector, verbs } from '../core/boundary.ts'
import { checkStates, type Numbers } from '../core/check.ts'
import { Block } from '../program/block.ts'
import { placeSteps } from '../program/steps.ts'
import type { LatentODE } from './latent-ode.ts'
import { divergence, draw, likelihoodWidth } from './likelihoods.ts'

/** What a pass leaves for its transpose. */
interface Done {
  readonly rows: number
  readonly encoded: Pass
  readonly solved: Pass
  /** [mean | log variance | deviates]. */
  readonly drawn: Pointer
  /** The likelihood with the observations: a row for each time and row, times first. */
  readonly likelihood: Pointer
  /** Numbers in the series that the recognition has read. */
  readonly read: number
}

/**
 * The negative evidence lower bound of a latent ODE as a model, for trainings: inputs are observations and as many standard normal
 * deviates as there are latent components, [batch, times features + latent]; outputs are, for each row,
 * -sum over the times of log p(x | z) + `weight` KL(q(z0 | x) | N(0, 1)), z0 drawn with the deviates. Its gradient is exact for the
 * draw that was made. The data are no part of it: their cotangents are zeros.
 */
export class LatentObjective implements Model {
  readonly model: LatentODE
  readonly parameters: Parameters
  /** Factor on the divergence from the prior; may be changed at any time. */
  weight = 1
  readonly #draw: Block
  readonly #divergence: Block

  constructor(model: LatentODE) {
    this.model = model
    const { latent, field, dtype } = model
    this.parameters = new Parameters([...model.roles.values()])
    this.#draw = draw(latent, field.dim, { dtype })
    this.#divergence = divergence(latent, { dtype })
  }

  /** Gives the memory of the programs between the model's blocks back. */
  dispose(): void {
    this.#draw.dispose()
    this.#divergence.dispose()
  }

  get dtype(): Dtype {
    return this.model.dtype
  }

  get inputs(): number {
    const { t, features, latent } = this.model
    return t.length * features + latent
  }

  readonly outputs = 1

  checkInputs(x: Numbers): number {
    const known = (x as readonly number[]).map((v) => (Number.isNaN(v) ? 0 : v)) as Numbers
    return checkStates('x', known, this.inputs, this.dtype)
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    const { dtype, inputs, model } = this
    const given = typeof x === 'number' ? read(dtype, x, rows * inputs) : Float64Array.from(x)
    const { latent } = model
    const observed = inputs - latent
    const [data, noise] = [vector(dtype, rows * observed), vector(dtype, rows * latent)]
    for (let i = 0; i < rows; i++) {
      data.set(given.subarray(i * inputs, i * inputs + observed), i * observed)
      noise.set(given.subarray(i * inputs + observed, (i + 1) * inputs), i * latent)
    }
    const arena = new Arena()
    const passes: Pass[] = []
    try {
      const { series, length } = model.seen(data, rows)
      const encoded = model.recogniser(length).pass(series, rows)
      passes.push(encoded)
      const drawn = this.#join(arena, read(dtype, encoded.outputs, encoded.length), noise, rows)
      const y0 = this.#apply(arena, this.#draw, drawn, rows)
      const solved = model.node(model.t).pass(y0, rows)
      passes.push(solved)
      const likelihood = placeSteps(arena, model.likelihood.ready(true), this.#observations(data, rows), 1)
      return this.#passOf(arena, { rows, encoded, solved, drawn, likelihood, read: series.length })
    } catch (error) {
      for (const pass of passes) pass.free()
      arena.free()
      throw error
    }
  }

  /** Rows of what is encoded, and deviates. */
  #join(arena: Arena, encoded: Vector, noise: Vector, rows: number): Pointer {
    const { latent } = this.model
    const joined = vector(this.dtype, 3 * rows * latent)
    for (let i = 0; i < rows; i++) {
      joined.set(encoded.subarray(2 * i * latent, 2 * (i + 1) * latent), 3 * i * latent)
      joined.set(noise.subarray(i * latent, (i + 1) * latent), (3 * i + 2) * latent)
    }
    return arena.copy(this.dtype, joined)
  }

  /** What the likelihood reads, [times, rows, width]. */
  #observations(x: Vector, rows: number): Float64Array {
    const { t, features } = this.model
    const [times, width] = [t.length, likelihoodWidth(features)]
    const out = new Float64Array(times * rows * width)
    for (let k = 0; k < times; k++) {
      for (let i = 0; i < rows; i++) {
        const [from, to] = [(i * times + k) * features, (k * rows + i) * width]
        for (let j = 0; j < features; j++) {
          const value = x[from + j] as number
          if (Number.isNaN(value)) continue
          out[to + j] = value
          out[to + features + j] = 1
        }
        out[to + 2 * features] = k === times - 1 ? 1 : 0
      }
    }
    return out
  }

  #apply(arena: Arena, block: Block | Pointer, from: Pointer, rows: number): Pointer {
    const { dtype } = this
    const at = typeof block === 'number' ? block : block.ready()
    const to = arena.zeros(dtype, rows * (block instanceof Block ? block.outputs : 1))
    const mark = arena.mark()
    guarded(() => verbs(dtype).apply(at, arena.pointer, rows, 0, from, to))
    arena.release(mark)
    return to
  }

  #passOf(arena: Arena, done: Done): Pass {
    const { rows, encoded, solved, drawn, likelihood } = done
    const { dtype, model } = this
    const { axpy } = verbs(dtype)
    const outputs = arena.zeros(dtype, rows)
    const times = model.t.length
    const surprise = this.#apply(arena, likelihood, solved.outputs, times * rows)
    for (let k = 0; k < times; k++) axpy(rows, 1, surprise + k * rows * sizeOf(dtype), outputs)
    axpy(rows, this.weight, this.#apply(arena, this.#divergence, drawn, rows), outputs)
    return {
      outputs,
      length: rows,
      nfe: solved.nfe,
      pull: (gy, _, gp) => ({ dt: new Float64Array(0), nfe: this.#pull(done, gy, gp) }),
      free: () => {
        for (const pass of [encoded, solved]) pass.free()
        arena.free()
      },
      ownedBy: (owner) => {
        for (const pass of [encoded, solved]) pass.ownedBy(owner)
        arena.ownedBy(owner)
      },
    }
  }

  /** The transpose: likelihood, solve and decoder, draw and divergence, recognition. Returns the evaluations it took. */
  #pull({ rows, encoded, solved, drawn, likelihood, read: length }: Done, gy: Pointer, gp: Pointer): number {
    const { dtype, model, parameters, weight } = this
    const { field, t, latent } = model
    const { scale, axpy } = verbs(dtype)
    const scratch = new Arena()
    const room = (count: number): Pointer => scratch.zeros(dtype, rows * count)
    try {
      const [times, last, own] = [t.length, parameters.blocks.length - 1, room(t.length)]
      for (let k = 0; k < times; k++) copy(own + k * rows * sizeOf(dtype), gy, rows * sizeOf(dtype))
      const said = room(model.likelihood.inputs * times)
      const seen = { rows: times * rows, x: solved.outputs, g: own, width: 1 }
      this.#transpose(scratch, likelihood, seen, { gx: said, gp: parameters.charge(last, gp) })
      const g0 = room(field.dim)
      const { nfe } = solved.pull(said, g0, parameters.place(2, gp))
      // [mean | log variance | deviates]: by way of the draw, and of the divergence.
      const [byDraw, byDivergence] = [room(3 * latent), room(3 * latent)]
      const at = { rows, x: drawn }
      this.#transpose(scratch, this.#draw.ready(), { ...at, g: g0, width: field.dim }, { gx: byDraw, gp: 0 })
      scale(rows, weight, gy, own)
      this.#transpose(scratch, this.#divergence.ready(), { ...at, g: own, width: 1 }, { gx: byDivergence, gp: 0 })
      axpy(3 * rows * latent, 1, byDivergence, byDraw)
      const g = room(2 * latent)
      const part = latent * sizeOf(dtype)
      for (let i = 0; i < rows; i++) copy(g + 2 * i * part, byDraw + 3 * i * part, 2 * part)
      encoded.pull(g, scratch.zeros(dtype, length), gp)
      return nfe
    } finally {
      scratch.free()
    }
  }

  /** The transpose of one block at x, `width` columns wide there: from g (used up) to gx and, added, to gp. */
  #transpose(arena: Arena, block: Pointer, { rows, x, g, width }: Seen, { gx, gp }: Places): void {
    const { dtype } = this
    const mark = arena.mark()
    const y = arena.zeros(dtype, rows * width)
    guarded(() => verbs(dtype).applyTranspose(block, arena.pointer, rows, 0, x, g, gx, gp, y))
    arena.release(mark)
  }
}

/** Where a block was applied, and the cotangent of what came out. */
interface Seen {
  readonly rows: number
  readonly x: Pointer
  readonly g: Pointer
  readonly width: number
}

interface Places {
  readonly gx: Pointer
  readonly gp: Pointer
}
