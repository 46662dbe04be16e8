import { LOSS_CROSS_ENTROPY, LOSS_HUBER, LOSS_LINEAR, LOSS_MAE } from '../abi'
import { exp64, log64 } from './math'

// Losses over n predictions p against targets y: value and cotangent in one pass. A target that is NaN is a missing
// observation: it counts for nothing and its cotangent is 0. Means are over the observations there are.

/** Number of targets that are there. */
export function observed<T>(n: i32, y: usize): i32 {
  let count = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const v = load<T>(y + i * sizeof<T>())
    if (v == v) count++
  }
  return count
}

/** Mean loss in f64; writes d(loss)/dp to g. Huber has delta 1; the linear one is y p. `width`: of a row, which only the cross-entropy asks. */
export function loss<T>(id: i32, n: i32, width: i32, p: usize, y: usize, g: usize): f64 {
  if (id == LOSS_CROSS_ENTROPY) return crossEntropy<T>(n, width, p, y, g)
  const count = observed<T>(n, y)
  const share: f64 = count ? 1 / <f64>count : 0
  let total: f64 = 0
  for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += sizeof<T>()) {
    const target = load<T>(y + i)
    if (target != target) {
      store<T>(g + i, <T>0)
      continue
    }
    const value = <f64>load<T>(p + i), d = value - <f64>target
    const size = abs<f64>(d)
    if (id == LOSS_LINEAR) {
      total += value * <f64>target
      store<T>(g + i, <T>(<f64>target * share))
    } else if (id == LOSS_MAE || (id == LOSS_HUBER && size > 1)) {
      total += id == LOSS_MAE ? size : size - 0.5
      store<T>(g + i, <T>(d > 0 ? share : d < 0 ? -share : d))
    } else {
      const half: f64 = id == LOSS_HUBER ? 0.5 : 1
      total += half * d * d
      store<T>(g + i, <T>(2 * half * d * share))
    }
  }
  return total * share
}

/**
 * Mean over the rows of -sum_j y_j log softmax(p)_j = sum_j y_j (top + log sum_k exp(p_k - top) - p_j): with the largest p of the
 * row taken off, nothing overflows. A row with a NaN among its targets is missing.
 */
function crossEntropy<T>(n: i32, width: i32, p: usize, y: usize, g: usize): f64 {
  const bytes = <usize>width * sizeof<T>()
  const end = y + <usize>n * sizeof<T>()
  let count = 0
  for (let row = y; row < end; row += bytes) if (observed<T>(width, row) == width) count++
  const share: f64 = count ? 1 / <f64>count : 0
  let total: f64 = 0
  for (; y < end; y += bytes, p += bytes, g += bytes) {
    if (observed<T>(width, y) == width) total += entropyRow<T>(bytes, p, y, g, share)
    else memory.fill(g, 0, bytes)
  }
  return total * share
}

/** Cross-entropy of one row; writes its share of the gradient, (sum_j y_j) softmax(p) - y. */
function entropyRow<T>(bytes: usize, p: usize, y: usize, g: usize, share: f64): f64 {
  let top = <f64>load<T>(p)
  for (let i: usize = sizeof<T>(); i < bytes; i += sizeof<T>()) top = max<f64>(top, <f64>load<T>(p + i))
  let sum: f64 = 0
  let weight: f64 = 0
  for (let i: usize = 0; i < bytes; i += sizeof<T>()) {
    sum += exp64(<f64>load<T>(p + i) - top)
    weight += <f64>load<T>(y + i)
  }
  const logSum = log64(sum)
  let total: f64 = 0
  for (let i: usize = 0; i < bytes; i += sizeof<T>()) {
    const d = <f64>load<T>(p + i) - top
    const target = <f64>load<T>(y + i)
    total += target * (logSum - d)
    store<T>(g + i, <T>(share * ((weight * exp64(d)) / sum - target)))
  }
  return total
}
