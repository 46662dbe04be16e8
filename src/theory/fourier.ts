/** Cosine transforms of any length in O(n log n), with the core's cosines: the same bits in every runtime. */

import { core } from '../core/boundary.ts'

/** Real and imaginary parts. */
interface Complex {
  readonly re: Float64Array
  readonly im: Float64Array
}

const zeros = (n: number): Complex => ({ re: new Float64Array(n), im: new Float64Array(n) })

/** exp(-i pi k(j) / half), j = 0 ... count - 1, for integers k: the sine is the cosine a quarter turn on, an exact step. */
function turns(count: number, half: number, k: (j: number) => number): Complex {
  const { cos64 } = core()
  const angle = Math.PI / half
  return {
    re: Float64Array.from({ length: count }, (_, j) => cos64(k(j) * angle)),
    im: Float64Array.from({ length: count }, (_, j) => -cos64((k(j) - half / 2) * angle)),
  }
}

/** The Fourier transform of n = 2^b numbers in place, by Cooley and Tukey; the second argument holds exp(-2 pi i j / n), j < n / 2. */
function fourier({ re, im }: Complex, { re: cosines, im: sines }: Complex): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      for (const part of [re, im]) {
        const kept = part[i] as number
        part[i] = part[j] as number
        part[j] = kept
      }
    }
  }
  for (let half = 1, stride = n >> 1; half < n; half *= 2, stride >>= 1) {
    for (let from = 0; from < n; from += 2 * half) {
      for (let k = 0; k < half; k++) {
        const a = from + k
        const b = a + half
        const c = cosines[k * stride] as number
        const s = sines[k * stride] as number
        const x = (re[b] as number) * c - (im[b] as number) * s
        const y = (re[b] as number) * s + (im[b] as number) * c
        re[b] = (re[a] as number) - x
        im[b] = (im[a] as number) - y
        re[a] = (re[a] as number) + x
        im[a] = (im[a] as number) + y
      }
    }
  }
}

/**
 * Makes the transform of columns of n numbers x to their energies by mode: entry j is X_j^2 of the orthonormal DCT-II,
 * X_j = c_j sum_k x_k cos(pi j (k + 1/2) / n), so that they sum to that of the column.
 *
 * Bluestein (1970): j k = (j^2 + k^2 - (j - k)^2) / 2 makes the sum a convolution, and any n will do.
 */
export function cosineEnergies(n: number): (x: ArrayLike<number>) => Float64Array {
  let size = 1
  while (size < 2 * n - 1) size *= 2
  const roots = turns(size >> 1, size / 2, (j) => j)
  // j^2 < 2^53 for every n there can be, and what matters of it is the rest modulo a full turn.
  const chirp = turns(n, 2 * n, (j) => (j * j) % (4 * n))
  const last = turns(n, 2 * n, (j) => (j * j + j) % (4 * n))
  const kernel = zeros(size)
  for (let j = 0; j < n; j++) {
    for (const at of [j, (size - j) % size]) {
      kernel.re[at] = chirp.re[j] as number
      kernel.im[at] = -(chirp.im[j] as number)
    }
  }
  fourier(kernel, roots)
  const { re, im } = zeros(size)
  return (x) => {
    re.fill(0)
    im.fill(0)
    for (let k = 0; k < n; k++) {
      re[k] = (x[k] as number) * (chirp.re[k] as number)
      im[k] = (x[k] as number) * (chirp.im[k] as number)
    }
    fourier({ re, im }, roots)
    for (let k = 0; k < size; k++) {
      const a = re[k] as number
      const b = im[k] as number
      const c = kernel.re[k] as number
      const d = kernel.im[k] as number
      re[k] = a * c - b * d
      im[k] = a * d + b * c
    }
    // With the parts changed over it is the inverse, times the length.
    fourier({ re: im, im: re }, roots)
    return Float64Array.from({ length: n }, (_, j) => {
      const sum = ((re[j] as number) * (last.re[j] as number) - (im[j] as number) * (last.im[j] as number)) / size
      return (sum * sum * (j === 0 ? 1 : 2)) / n
    })
  }
}
