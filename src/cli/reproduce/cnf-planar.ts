/** What the paper compares with: a normalizing flow of planar layers (Rezende, Mohamed 2015), from the data to the base. */

import { type Model, Parameters, type Pass } from '../../adjoint/model.ts'
import { Arena } from '../../core/arena.ts'
import { type Pointer, read, write } from '../../core/boundary.ts'
import { checkStates, type Numbers } from '../../core/check.ts'
import { normals } from '../../core/random.ts'
import { Block, exp, log } from '../../index.ts'

/** One layer at work: its parameters, and what its transpose needs of every row. */
interface Layer {
  readonly u: Float64Array
  readonly w: Float64Array
  readonly b: number
  /** u^T w, and what stands for it: above -1, so that the layer is invertible, and near it where it is small. */
  readonly c: number
  readonly m: number
  /** u + (m - c) w / |w|^2 */
  readonly bent: Float64Array
  /** Rows that it was given, tanh(w^T z + b), and the determinants 1 + (1 - tanh^2) m. */
  readonly z: Float64Array
  readonly h: Float64Array
  readonly det: Float64Array
}

const tanh = (values: Float64Array): Float64Array => exp(values.map((a) => 2 * a)).map((e) => 1 - 2 / (1 + e))
const product = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number)
  return sum
}

/**
 * log p(x) = log N(f(x)) + sum_k log |1 + u_k^T psi_k|, f of `depth` layers z + u tanh(w^T z + b) with u bent so that all are invertible
 * (appendix A.1 there; here with softplus(c + log(e - 1)) - 1, so that u = 0 is the identity). In plain numbers: nothing of the library but training.
 */
export class PlanarFlow implements Model {
  readonly dtype = 'f64'
  readonly inputs: number
  readonly outputs = 1
  readonly parameters: Parameters
  /** Holds the parameters: a row [u | w | b] for each layer. */
  readonly #block: Block

  constructor(dim: number, depth: number, seed: number) {
    this.inputs = dim
    this.#block = new Block(2 * dim + 1, depth, (p) => p.dense(p.state, depth, { bias: false, name: 'layers' }), {
      dtype: 'f64',
    })
    // Near the identity, with tanh of every direction and place: from the usual start of a network it does not learn.
    const start = normals(depth * (2 * dim + 1), seed)
    this.#block.parameters = start.map((z, i) => (i % (2 * dim + 1) < dim ? 0.1 * z : z))
    this.parameters = new Parameters([this.#block])
  }

  checkInputs(x: Numbers): number {
    return checkStates('x', x, this.inputs, 'f64')
  }

  logProb(x: Numbers): Float64Array {
    return this.#forward(Float64Array.from(x)).out
  }

  #forward(x: Float64Array): { layers: Layer[]; z: Float64Array; out: Float64Array } {
    const { inputs: dim } = this
    const all = this.#block.parameters as Float64Array
    const out = new Float64Array(x.length / dim)
    const layers: Layer[] = []
    let z = x
    for (let at = 0; at < all.length; at += 2 * dim + 1) {
      const layer = layerOf(all.subarray(at, at + 2 * dim + 1), z)
      layers.push(layer)
      for (const [i, v] of log(layer.det).entries()) out[i] = (out[i] as number) + v
      z = z.map((v, i) => v + (layer.bent[i % dim] as number) * (layer.h[Math.floor(i / dim)] as number))
    }
    const constant = (-dim / 2) * (log([2 * Math.PI])[0] as number)
    for (let i = 0; i < out.length; i++) {
      const row = z.subarray(i * dim, (i + 1) * dim)
      out[i] = (out[i] as number) + constant - product(row, row) / 2
    }
    return { layers, z, out }
  }

  pass(x: Numbers | Pointer, rows: number): Pass {
    const given = typeof x === 'number' ? read('f64', x, rows * this.inputs) : x
    const { layers, z, out } = this.#forward(Float64Array.from(given))
    const arena = new Arena()
    const outputs = arena.copy('f64', out)
    return {
      outputs,
      length: rows,
      nfe: layers.length,
      pull: (gy, gx, gp) => {
        const gradient = read('f64', gp, this.parameters.count) as Float64Array
        write('f64', gx, pull(layers, z, read('f64', gy, rows) as Float64Array, gradient))
        write('f64', gp, gradient)
        return { dt: new Float64Array(0), nfe: layers.length }
      },
      free: () => arena.free(),
      ownedBy: (owner) => arena.ownedBy(owner),
    }
  }
}

function layerOf(parameters: Float64Array, z: Float64Array): Layer {
  const dim = (parameters.length - 1) / 2
  const [u, w, b] = [parameters.slice(0, dim), parameters.slice(dim, 2 * dim), parameters[2 * dim] as number]
  const c = product(u, w)
  const m = -1 + (log([1 + (Math.E - 1) * (exp([c])[0] as number)])[0] as number)
  const bend = (m - c) / product(w, w)
  const bent = u.map((v, i) => v + bend * (w[i] as number))
  const inside = Float64Array.from(
    { length: z.length / dim },
    (_, i) => product(w, z.subarray(i * dim, (i + 1) * dim)) + b,
  )
  const h = tanh(inside)
  return { u, w, b, c, m, bent, z, h, det: h.map((v) => 1 + (1 - v * v) * m) }
}

/** Adds the cotangent of the parameters to `gradient`; returns that of the inputs. `g`: of the log-densities of the rows. */
function pull(layers: readonly Layer[], z: Float64Array, g: Float64Array, gradient: Float64Array): Float64Array {
  const dim = z.length / g.length
  const gz = z.map((v, i) => -v * (g[Math.floor(i / dim)] as number))
  for (let k = layers.length - 1; k >= 0; k--) {
    const own = gradient.subarray(k * (2 * dim + 1), (k + 1) * (2 * dim + 1))
    pullLayer(layers[k] as Layer, gz, g, own)
  }
  return gz
}

/** From the cotangent of the rows behind a layer, in place, that of the rows before it; adds that of its parameters to `own`. */
function pullLayer({ u, w, c, m, bent, z, h, det }: Layer, gz: Float64Array, g: Float64Array, own: Float64Array): void {
  const dim = u.length
  const [gBent, gw] = [new Float64Array(dim), new Float64Array(dim)]
  let [gb, gm] = [0, 0]
  for (let i = 0; i < g.length; i++) {
    const [row, value, behind] = [gz.subarray(i * dim, (i + 1) * dim), h[i] as number, g[i] as number]
    const slope = 1 - value * value
    gm += (behind * slope) / (det[i] as number)
    const inside = (product(row, bent) - (2 * behind * m * value) / (det[i] as number)) * slope
    gb += inside
    for (let j = 0; j < dim; j++) {
      gBent[j] = (gBent[j] as number) + (row[j] as number) * value
      gw[j] = (gw[j] as number) + inside * (z[i * dim + j] as number)
      row[j] = (row[j] as number) + inside * (w[j] as number)
    }
  }
  const square = product(w, w)
  const bend = (m - c) / square
  const gBend = product(gBent, w)
  gm += gBend / square
  const gc = gm / (1 + (exp([-c])[0] as number) / (Math.E - 1)) - gBend / square
  for (let j = 0; j < dim; j++) {
    const [uj, wj] = [u[j] as number, w[j] as number]
    own[j] = (own[j] as number) + (gBent[j] as number) + gc * wj
    const add = (gw[j] as number) + bend * (gBent[j] as number) + gc * uj - (2 * gBend * bend * wj) / square
    own[dim + j] = (own[dim + j] as number) + add
  }
  own[2 * dim] = (own[2 * dim] as number) + gb
}
