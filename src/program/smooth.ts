/**
 * The features of a smooth Gaussian process over the depth: functions w_n with sum_n w_n(s) w_n(s') = exp(-(s - s')^2 / (2 l^2)),
 * so that sum_n w_n(s) xi_n with independent normal xi_n is that process, exactly.
 *
 * They are the Taylor expansion of the kernel's mixed term around the middle: with u = (s - 1/2) / l,
 * w_n(s) = exp(-u^2/2) u^n / sqrt(n!). The exponential is what makes the squares sum to 1, so they are divided by the root of
 * their sum instead: where u is large that is more accurate than the exponential of a rounded number.
 *
 * @param count depths s = k / count, k = 1 ... count
 * @param lengthScale l, at least 0.02: below, the powers leave the range of a double
 * @returns features n = 0, 1, ... at every depth; the variance of those left out is below 2^-53
 */
export function smoothFeatures(count: number, lengthScale: number): readonly Float64Array[] {
  const u = Float64Array.from({ length: count }, (_, k) => ((k + 1) / count - 0.5) / lengthScale)
  const total = featureCount((0.5 / lengthScale) ** 2)
  const features = [new Float64Array(count).fill(1)]
  for (let n = 1; n < total; n++) {
    const before = features[n - 1] as Float64Array
    const root = Math.sqrt(n)
    features.push(before.map((w, k) => (w * (u[k] as number)) / root))
  }
  const squares = u.map((_, k) => features.reduce((sum, w) => sum + (w[k] as number) * (w[k] as number), 0))
  return features.map((feature) => feature.map((w, k) => w / Math.sqrt(squares[k] as number)))
}

/** Where the tail of the Poisson distribution with this mean, which is the variance that is missing, falls below 2^-53. */
function featureCount(mean: number): number {
  let [term, sum] = [1, 1]
  for (let n = 1; ; n++) {
    term *= mean / n
    // The terms that follow fall at least as fast as a geometric series.
    if (n > mean && term / (1 - mean / (n + 1)) < 2 ** -53 * sum) return n
    sum += term
  }
}
