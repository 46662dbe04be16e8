// What a list of times comes to.

/** The middle of some numbers and their quartiles: { low, median, high }. */
export function quartiles(numbers) {
  if (numbers.length === 0) throw new RangeError('quartiles must be of at least one number, got none')
  const sorted = [...numbers].sort((a, b) => a - b)
  // Between two of them where the share falls between two.
  const at = (share) => {
    const place = share * (sorted.length - 1)
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
    return below + (place % 1) * (above - below)
  }
  return { low: at(0.25), median: at(0.5), high: at(0.75) }
}

/** Ratios round by round, a over b: what both had to suffer in a round cancels. */
export function pairwise(a, b) {
  if (a.length !== b.length) throw new RangeError(`rounds must be as many for both, got ${a.length} and ${b.length}`)
  return a.map((value, round) => value / b[round])
}

/** Geometric mean. */
export function geometricMean(numbers) {
  return Math.exp(numbers.reduce((sum, value) => sum + Math.log(value), 0) / numbers.length)
}

/**
 * How far two vectors are apart: the root mean square of a - b over that of b. Not the largest difference: where a unit's input is 0 but for
 * the last bit, two contestants may differ in a whole term of one gradient, and both be right.
 */
export function distance(actual, expected) {
  if (actual.length !== expected.length)
    throw new RangeError(`vectors must be of one length, got ${actual.length} and ${expected.length}`)
  let [off, size] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    off += (actual[i] - expected[i]) ** 2
    size += expected[i] ** 2
  }
  return Math.sqrt(off / size)
}
