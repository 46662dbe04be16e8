/** The least distance of two times that is looked at, relative to them. */
const TOLERANCE = 4 * Number.EPSILON

/**
 * Where a function changes sign between a and b: f(a) is not 0, f(b) is 0 or has the other sign; b may lie before a. Returns a
 * time not more than 4 eps |t| behind the change, as seen from a: f is 0 there, or has the sign of f(b) already.
 *
 * The ITP method (I. F. D. Oliveira, R. H. C. Takahashi, ACM TOMS 47 (2020), 5): regula falsi, moved a little towards the middle
 * and kept so close to it that there is one evaluation more than bisection takes, at worst. Where values are infinite it bisects.
 */
export function crossing(f: (t: number) => number, a: number, fa: number, b: number, fb: number): number {
  const sign = Math.sign(fa)
  const first = Math.abs(b - a)
  // A root at t = 0 would otherwise be followed down to the least of all numbers.
  const least = first * Number.EPSILON * Number.EPSILON
  for (let radius = first; ; radius /= 2) {
    const width = Math.abs(b - a)
    const tolerance = Math.max(TOLERANCE * Math.max(Math.abs(a), Math.abs(b)), least)
    const middle = a + (b - a) / 2
    // Among the least of all numbers there is none between two neighbours, and no tolerance above 0.
    if (width <= tolerance || middle === a || middle === b) return b
    const falsi = a + (b - a) * (fa / (fa - fb))
    const towards = Math.sign(middle - falsi)
    const shift = (0.2 / first) * width * width
    let t = shift <= Math.abs(middle - falsi) ? falsi + towards * shift : middle
    // Never nearer to an end than half the tolerance: a step of no length would be lost.
    const reach = Math.min(Math.max(radius - width / 2, 0), (width - tolerance) / 2)
    if (Math.abs(t - middle) > reach) t = middle - towards * reach
    const ft = f(t)
    if (Math.sign(ft) === sign) [a, fa] = [t, ft]
    else [b, fb] = [t, ft]
  }
}
