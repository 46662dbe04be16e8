/** The rival: a recurrent network that says the next point from those so far and the time to it, and is then fed what it has said. */

import { Affine, type FitOptions, type FitProgress, fit } from '../../index.ts'
import { Recurrent, rnnCell } from '../../recurrent.ts'
import { type Spirals, times, WINDOW } from './latent-data.ts'

/** The places of the points of row i that are seen. */
function placesOf({ seen }: Spirals, i: number): number[] {
  return Array.from({ length: WINDOW }, (_, k) => k).filter((k) => !Number.isNaN(seen[(i * WINDOW + k) * 2]))
}

const time = (k: number): number => times[k] as number

/** A recurrent network of 25 units, trained to say the next point that is seen. */
export class Rival {
  readonly #data: Spirals
  readonly #places: readonly (readonly number[])[]
  readonly #length: number
  readonly #model: Recurrent
  readonly #readOut: Affine

  constructor(data: Spirals, count: number, seed: number) {
    this.#data = data
    this.#places = Array.from({ length: data.rows }, (_, i) => placesOf(data, i))
    this.#length = count - 1
    this.#readOut = new Affine(25, 2, { seed: 2 * seed + 1 })
    const cell = rnnCell(2, 25, { mask: false, seed: 2 * seed })
    this.#model = new Recurrent(cell, { length: this.#length, readOut: this.#readOut, output: 'all' })
  }

  get parameters(): number {
    return this.#model.parameters.count
  }

  /** Rows of [time to the next point, point]; the cell reads that time where others read the one before. */
  #inputs(): Float32Array {
    const { rows, seen } = this.#data
    const x = new Float32Array(rows * this.#length * 3)
    for (const [i, places] of this.#places.entries()) {
      for (let q = 0; q < this.#length; q++) {
        const [k, next] = [places[q] as number, places[q + 1] as number]
        const at = (i * this.#length + q) * 3
        x.set([time(next) - time(k), ...seen.subarray((i * WINDOW + k) * 2, (i * WINDOW + k) * 2 + 2)], at)
      }
    }
    return x
  }

  #targets(): Float32Array {
    const { rows, seen } = this.#data
    const y = new Float32Array(this.#length * rows * 2)
    for (const [i, places] of this.#places.entries()) {
      for (let q = 0; q < this.#length; q++) {
        const next = i * WINDOW + (places[q + 1] as number)
        y.set(seen.subarray(next * 2, next * 2 + 2), (q * rows + i) * 2)
      }
    }
    return y
  }

  /** With a fixed deviation the Gaussian log-likelihood is the mean square but for constants. */
  train(options: FitOptions): Generator<FitProgress, void, undefined> {
    return fit(this.#model, { x: this.#inputs(), y: this.#targets() }, options)
  }

  /** The points behind the window, [WINDOW, rows, 2], one after the other from its own. */
  next(): Float32Array {
    const { rows, seen } = this.#data
    const plain = new Recurrent(this.#model.field, { length: this.#length })
    let states = plain.forward(this.#inputs())
    const last = this.#places.map((places) => places[places.length - 1] as number)
    let points: ArrayLike<number> = last.flatMap((k, i) => [
      ...seen.subarray((i * WINDOW + k) * 2, (i * WINDOW + k) * 2 + 2),
    ])
    const out = new Float32Array(WINDOW * rows * 2)
    for (let k = 0; k < WINDOW; k++) {
      const row = (i: number): number[] => {
        const step = k === 0 ? time(WINDOW) - time(last[i] as number) : time(1)
        return [step, points[2 * i] as number, points[2 * i + 1] as number]
      }
      states = this.#model.step(states, Float32Array.from(last.flatMap((_, i) => row(i))))
      points = this.#readOut.forward(states)
      out.set(points, k * rows * 2)
    }
    return out
  }
}
