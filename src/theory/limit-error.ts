import { type Layered, type LayerTensor, layerTensors } from './layers.ts'

/** How far the weight functions of two fields are apart. */
export interface LimitError {
  /** (integral of ||Z(s) - Z'(s)||_F^2 over s in [0, 1])^(1/2) of every tensor. */
  readonly tensors: ReadonlyMap<string, number>
  /** Of all numbers as one vector: the root of the sum of the squares. */
  readonly total: number
}

/** Layer k + 1 fills [k, k + 1] / (L - 1), and the last layer but a point: so many cells there are. */
const cellsOf = ({ layers }: LayerTensor): number => Math.max(1, layers - 1)

function squaredDistance(a: LayerTensor, b: LayerTensor): number {
  const [m, n] = [cellsOf(a), cellsOf(b)]
  let sum = 0
  // Depth in units of 1/(m n): breakpoints are multiples of n and of m, integers, and so none is missed or met twice.
  for (let i = 0, j = 0, s = 0; s < m * n; ) {
    const [endA, endB] = [(i + 1) * n, (j + 1) * m]
    const end = Math.min(endA, endB)
    const [p, q] = [i * a.stride + a.offset, j * b.stride + b.offset]
    let square = 0
    for (let e = 0; e < a.length; e++) {
      const d = (a.values[p + e] as number) - (b.values[q + e] as number)
      square += d * d
    }
    sum += (end - s) * square
    s = end
    if (end === endA) i++
    if (end === endB) j++
  }
  return sum / (m * n)
}

/**
 * The distance in L2([0, 1]) of the weight functions of two fields of different depth, as functions of depth s in the sense
 * of Marion et al. 2024, Theorem 4: Z(s) = Z_{floor((L - 1) s) + 1}, piecewise constant. The integral is exact but for
 * rounding. With a deep network as the reference it is the distance from the limit; `fitSlope` of it over L is near -1 where
 * there is one.
 *
 * @throws RangeError when the fields do not have the same tensors
 */
export function limitError(of: Layered, reference: Layered): LimitError {
  const others = new Map(layerTensors(reference).map((tensor) => [tensor.name, tensor]))
  const own = layerTensors(of)
  const squares = own.map((tensor): readonly [string, number] => {
    const { name, shape } = tensor
    const other = others.get(name)
    if (other === undefined || other.shape.join() !== shape.join()) {
      throw new RangeError(
        `reference must have a tensor ${name} of shape [${shape.join(', ')}] in every layer, got ${other === undefined ? 'none' : `[${other.shape.join(', ')}]`}`,
      )
    }
    return [name, squaredDistance(tensor, other)]
  })
  const odd = [...others.keys()].find((name) => !own.some((tensor) => tensor.name === name))
  if (odd !== undefined) throw new RangeError(`reference has a tensor ${odd}, which the field has not`)
  return {
    tensors: new Map(squares.map(([name, square]) => [name, Math.sqrt(square)])),
    total: Math.sqrt(squares.reduce((sum, [, square]) => sum + square, 0)),
  }
}
