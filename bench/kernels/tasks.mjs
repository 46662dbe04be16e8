// The kernels at the shapes of the workloads, and the limits of the machine: what to run, and how much work that is.
import * as ids from '../../assembly/activations.ts'

const activations = Object.entries(ids).filter(([name]) => name !== 'ACT_IDENTITY')

/** m x n x k of a product: rows of the batch, outputs, inputs. */
const PRODUCTS = [
  [1, 64, 64],
  [16, 64, 64],
  [20, 50, 2],
  [20, 2, 50],
  [256, 256, 64],
  [256, 256, 256],
  [1024, 1024, 1024],
]
/** dW += dZ^T X: outputs, inputs, rows. */
const GRADIENTS = [
  [50, 2, 20],
  [2, 50, 20],
  [64, 64, 16],
  [256, 64, 256],
  [256, 256, 256],
]
const ELEMENTS = 4096
const ROUNDS = 100_000

/** Tasks of one build: `work` in operations, elements or bytes, `limit` the task they are measured by. */
export function tasksOf(core) {
  const fill = (dtype, length, scale) => {
    const Type = dtype === 32 ? Float32Array : Float64Array
    const at = core.room((length * dtype) / 8)
    // Without pattern, and the same in every run: fractional parts of multiples of the golden ratio.
    new Type(core.memory.buffer, at, length).forEach((_, i, all) => {
      all[i] = scale * (2 * ((i * 0.6180339887498949) % 1) - 1)
    })
    return at
  }
  const limits = [32, 64].map((dtype) => ({
    kernel: `multiply-add, f${dtype}`,
    shape: 'registers',
    unit: 'GFLOP/s',
    work: ((24 * 128) / dtype) * ROUNDS,
    run: () => core[`multiplyAdd${dtype}`](ROUNDS),
  }))
  const reads = [16, 256].map((kilobytes) => {
    const at = core.room(kilobytes * 1024)
    const rounds = Math.round(4096 / kilobytes)
    const work = kilobytes * 1024 * rounds
    return {
      kernel: 'read',
      shape: `${kilobytes} KiB`,
      unit: 'GB/s',
      work,
      run: () => core.read(kilobytes * 1024, at, rounds),
    }
  })
  const products = [32, 64].flatMap((dtype) => PRODUCTS.map((shape) => product(core, fill, dtype, shape)))
  const gradients = [32, 64].flatMap((dtype) => GRADIENTS.map((shape) => gradient(core, fill, dtype, shape)))
  const [x, y] = [fill(32, ELEMENTS, 4), core.room(4 * ELEMENTS)]
  const elementwise = activations.map(([name, id]) => ({
    kernel: `${name.slice(4).toLowerCase()}, f32`,
    shape: `${ELEMENTS}`,
    unit: 'elements/ns',
    work: ELEMENTS,
    run: () => core.activate32(ELEMENTS, id, x, y),
  }))
  return [...limits, ...reads, ...products, ...gradients, ...elementwise]
}

function product(core, fill, dtype, [m, n, k]) {
  const [x, w, b] = [fill(dtype, m * k, 1), fill(dtype, n * k, 1), fill(dtype, n, 1)]
  // A panel more than there are columns, each with its bias.
  const packed = core.room(((n + 8) * (k + 1) * dtype) / 8)
  const y = core.room((m * n * dtype) / 8)
  core[`pack${dtype}`](k, n, w, 1, k, b, packed)
  return {
    kernel: `x W^T + b, f${dtype}`,
    shape: `${m} × ${n} × ${k}`,
    unit: 'GFLOP/s',
    work: 2 * m * n * k,
    limit: `multiply-add, f${dtype}`,
    run: () => core[`gemmPacked${dtype}`](m, n, k, x, k, 1, packed, y, 0, 0),
  }
}

function gradient(core, fill, dtype, [m, n, k]) {
  const [dz, x, dw] = [fill(dtype, m * k, 1), fill(dtype, n * k, 1), core.room((m * n * dtype) / 8)]
  return {
    kernel: `dW += dZ^T X, f${dtype}`,
    shape: `${m} × ${n} × ${k}`,
    unit: 'GFLOP/s',
    work: 2 * m * n * k,
    limit: `multiply-add, f${dtype}`,
    run: () => core[`gemmAdd${dtype}`](m, n, k, dz, 1, m, x, dw),
  }
}
