import { LOSS_CROSS_ENTROPY, LOSS_HUBER, LOSS_LINEAR, LOSS_MAE } from '../abi'
import { bytesOf, setValueAt, valueAt } from './either'
import { exp64, log64 } from './math'

// Losses over n predictions p against targets y: value and cotangent in one pass. A target that is NaN is a missing
// observation: it counts for nothing and its cotangent is 0. Means are over the observations there are. All of it is in f64.

/** Number of targets that are there. */
export function observed(n: i32, y: usize, wide: bool): i32 {
  let count = 0
  for (let i = 0; i < n; i++) {
    const v = valueAt(y, i, wide)
    if (v == v) count++
  }
  return count
}

/** Mean loss; writes d(loss)/dp to g. Huber has delta 1; the linear one is y p. `width`: of a row, which only the cross-entropy asks. */
export function loss(id: i32, n: i32, width: i32, p: usize, y: usize, g: usize, wide: bool): f64 {
  if (id == LOSS_CROSS_ENTROPY) return crossEntropy(n, width, p, y, g, wide)
  const count = observed(n, y, wide)
  const share: f64 = count ? 1 / <f64>count : 0
  let total: f64 = 0
  for (let i = 0; i < n; i++) {
    const target = valueAt(y, i, wide)
    let slope: f64 = 0
    if (target == target) {
      const value = valueAt(p, i, wide), d = value - target
      const size = abs<f64>(d)
      if (id == LOSS_LINEAR) {
        total += value * target
        slope = target * share
      } else if (id == LOSS_MAE || (id == LOSS_HUBER && size > 1)) {
        total += id == LOSS_MAE ? size : size - 0.5
        slope = d > 0 ? share : d < 0 ? -share : d
      } else {
        const half: f64 = id == LOSS_HUBER ? 0.5 : 1
        total += half * d * d
        slope = 2 * half * d * share
      }
    }
    setValueAt(g, i, wide, slope)
  }
  return total * share
}

/**
 * Mean over the rows of -sum_j y_j log softmax(p)_j = sum_j y_j (top + log sum_k exp(p_k - top) - p_j): with the largest p of the
 * row taken off, nothing overflows. A row with a NaN among its targets is missing.
 */
function crossEntropy(n: i32, width: i32, p: usize, y: usize, g: usize, wide: bool): f64 {
  const bytes = bytesOf(width, wide)
  const end = y + bytesOf(n, wide)
  let count = 0
  for (let row = y; row < end; row += bytes) if (observed(width, row, wide) == width) count++
  const share: f64 = count ? 1 / <f64>count : 0
  let total: f64 = 0
  for (; y < end; y += bytes, p += bytes, g += bytes) {
    if (observed(width, y, wide) == width) total += entropyRow(width, p, y, g, share, wide)
    else memory.fill(g, 0, bytes)
  }
  return total * share
}

/** Cross-entropy of one row; writes its share of the gradient, (sum_j y_j) softmax(p) - y. */
function entropyRow(width: i32, p: usize, y: usize, g: usize, share: f64, wide: bool): f64 {
  let top = valueAt(p, 0, wide)
  for (let i = 1; i < width; i++) top = max<f64>(top, valueAt(p, i, wide))
  let sum: f64 = 0
  let weight: f64 = 0
  for (let i = 0; i < width; i++) {
    sum += exp64(valueAt(p, i, wide) - top)
    weight += valueAt(y, i, wide)
  }
  const logSum = log64(sum)
  let total: f64 = 0
  for (let i = 0; i < width; i++) {
    const d = valueAt(p, i, wide) - top
    const target = valueAt(y, i, wide)
    total += target * (logSum - d)
    setValueAt(g, i, wide, share * ((weight * exp64(d)) / sum - target))
  }
  return total
}
