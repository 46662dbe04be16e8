import { checkNonNegative, checkNumbers, type Numbers } from '../core/check.ts'

/** A point of a training run; what `gradientFlow` yields is one. */
export interface PathPoint {
  /** Training time: of gradient descent, learning rate x steps. */
  readonly t: number
  readonly loss: number
  /** The parameters, block by block. */
  readonly parameters: readonly Numbers[] | (() => readonly Numbers[])
  /** Factors on the learning rate, by block. Default 1 each. */
  readonly rates?: readonly number[]
}

/** How fast a training run was, against the fastest that a gradient flow can be. */
export interface SpeedLimit {
  /** The time it took, T. */
  readonly time: number
  /** The least time in which a gradient flow gets as far: distance2 / drop. */
  readonly limit: number
  /** Sum over the blocks of ||theta(T) - theta(0)||^2 / rate. */
  readonly distance2: number
  /** loss(0) - loss(T). */
  readonly drop: number
  /** time / limit: >= 1 for a gradient flow, 1 for a straight line at constant speed; Infinity where nothing moved. */
  readonly inefficiency: number
  /** The parts of the blocks, which add up to `limit` and `distance2`. */
  readonly blocks: readonly { readonly limit: number; readonly distance2: number }[]
}

function blocksOf({ parameters }: PathPoint): readonly Numbers[] {
  return typeof parameters === 'function' ? parameters() : parameters
}

function squaredDistance(name: string, a: Numbers, b: Numbers): number {
  checkNumbers(name, b)
  if (a.length !== b.length)
    throw new RangeError(`${name} must hold ${a.length} numbers, as at the start, got ${b.length}`)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += ((b[i] as number) - (a[i] as number)) ** 2
  return sum
}

/**
 * The speed limit of training (Seroussi, Alemi, Helias, Ringel 2023), from the first and the last point of a run.
 *
 * Along theta_b' = -rate_b dl/dtheta_b the loss falls by the integral of sum_b ||theta_b'||^2 / rate_b, and by Cauchy and Schwarz T
 * times that is at least sum_b ||theta_b(T) - theta_b(0)||^2 / rate_b. So T >= distance2 / drop, in all and with the distance
 * of any one block. Steps of gradient descent are such a flow but for O(learning rate); momentum and Adam are not.
 *
 * ```ts
 * const { inefficiency } = speedLimit([...gradientFlow(net, { x, y }, { T: 10 })])
 * ```
 * @throws RangeError unless time passes, the loss falls, and blocks of rate 0 stay where they are
 */
export function speedLimit(path: readonly PathPoint[]): SpeedLimit {
  const [start, end] = [path[0], path[path.length - 1]]
  if (start === undefined || end === undefined || path.length < 2)
    throw new RangeError(`path must hold at least two points, got ${path.length}`)
  const [time, drop] = [end.t - start.t, start.loss - end.loss]
  if (!(time > 0 && time < Infinity))
    throw new RangeError(`path must go forward in time, got t = ${start.t} ... ${end.t}`)
  if (!(drop > 0 && drop < Infinity))
    throw new RangeError(`path must end at a lower loss than it starts, got ${start.loss} ... ${end.loss}`)
  const [from, to] = [blocksOf(start), blocksOf(end)]
  const rates = start.rates ?? from.map(() => 1)
  if (to.length !== from.length || rates.length !== from.length)
    throw new RangeError(
      `path must have ${from.length} blocks and rates throughout, got ${to.length} and ${rates.length}`,
    )
  const blocks = from.map((a, b) => {
    const square = squaredDistance(`parameters[${b}]`, a, to[b] as Numbers)
    const rate = checkNonNegative(`rates[${b}]`, rates[b] as number)
    if (rate === 0 && square > 0) throw new RangeError(`rates[${b}] is 0, but the parameters of block ${b} have moved`)
    const distance2 = square === 0 ? 0 : square / rate
    return { distance2, limit: distance2 / drop }
  })
  const distance2 = blocks.reduce((sum, block) => sum + block.distance2, 0)
  return { time, limit: distance2 / drop, distance2, drop, inefficiency: (time * drop) / distance2, blocks }
}
