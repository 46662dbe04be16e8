// Costs at equal error, from points { error, cost } of which each solver has one for every tolerance.

/** The least of some numbers, their quartiles and the largest. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const [min, low, median, high, max] = [0, 1, 2, 3, 4].map((i) => sorted[Math.round((i * (sorted.length - 1)) / 4)])
  return { min, low, median, high, max }
}

/** The points that no other beats in error and in cost, the dearest first. An error that is small by luck alone counts as well. */
export function front(points) {
  const kept = []
  for (const point of [...points].sort((a, b) => a.error - b.error || a.cost - b.cost))
    if (kept.length === 0 || point.cost < kept.at(-1).cost) kept.push(point)
  return kept
}

/**
 * What an error of at most `error` costs: linear in the logarithms between two points of the front, its cheapest point where that
 * is better already, and undefined below its least error.
 */
export function costAt(points, error) {
  const kept = front(points)
  const next = kept.findIndex((point) => point.error > error)
  if (next === 0 || kept.length === 0) return undefined
  if (next < 0) return kept.at(-1).cost
  const [a, b] = [kept[next - 1], kept[next]]
  // No error at all has no logarithm.
  if (a.error === 0) return a.cost
  const share = Math.log(error / a.error) / Math.log(b.error / a.error)
  return a.cost * (b.cost / a.cost) ** share
}

/** Of curves by name the one that costs least at this error: { name, cost }, or undefined. */
export function cheapest(curves, error) {
  let best
  for (const [name, points] of Object.entries(curves)) {
    const cost = costAt(points, error)
    if (cost !== undefined && !(cost >= best?.cost)) best = { name, cost }
  }
  return best
}

/** Geometric mean. */
export function mean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
