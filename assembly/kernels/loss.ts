import { LOSS_HUBER, LOSS_MAE } from '../abi'

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

/** Mean loss in f64; writes d(loss)/dp to g. Huber has delta 1. */
export function loss<T>(id: i32, n: i32, p: usize, y: usize, g: usize): f64 {
  const count = observed<T>(n, y)
  const share: f64 = count ? 1 / <f64>count : 0
  let total: f64 = 0
  for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += sizeof<T>()) {
    const target = load<T>(y + i)
    if (target != target) {
      store<T>(g + i, <T>0)
      continue
    }
    const d = <f64>load<T>(p + i) - <f64>target
    const size = abs<f64>(d)
    if (id == LOSS_MAE || (id == LOSS_HUBER && size > 1)) {
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
