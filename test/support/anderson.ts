import { inner } from './gradients.ts'
import { solveLinear } from './linear.ts'

/**
 * The first `count` iterates of z <- G(z), Anderson-accelerated (Walker, Ni 2011, type II) with memory m and the safeguard of
 * assembly/step/anderson.ts, by the textbook: all differences anew, the least squares by their normal equations.
 */
export function andersonIterates(
  map: (z: readonly number[]) => number[],
  start: readonly number[],
  m: number,
  count: number,
): number[][] {
  const iterates: number[][] = []
  let kept: { f: number[]; g: number[] }[] = []
  let [z, mixed] = [[...start], false]
  while (iterates.length < count) {
    const g = map(z)
    const f = g.map((v, i) => v - z[i]!)
    const last = kept.at(-1)
    if (mixed && last && !(Math.sqrt(inner(f, f)) <= 0.999 * Math.sqrt(inner(last.f, last.f)))) {
      kept = [last]
      z = [...last.g]
      mixed = false
    } else {
      kept = [...kept, { f, g }].slice(-m - 1)
      const differences = (of: 'f' | 'g') => kept.slice(1).map((k, j) => k[of].map((v, i) => v - kept[j]![of][i]!))
      const [df, dg] = [differences('f'), differences('g')]
      const c = solveLinear(
        df.flatMap((a) => df.map((b) => inner(a, b))),
        df.map((a) => inner(a, f)),
      )
      z = g.map((v, i) => v - c.reduce((sum, cj, j) => sum + cj * dg[j]![i]!, 0))
      mixed = df.length > 0
    }
    iterates.push(z)
  }
  return iterates
}
