/** Rates from measurements: straight lines through logarithms. */

import { checkNumbers, type Numbers } from '../core/check.ts'
import { log } from '../core/elementwise.ts'

/** The slope of the line of least squares through (x, y). */
function slope(x: Float64Array, y: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  let [xy, xx] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    const d = (x[i] as number) - mx
    xy += d * ((y[i] as number) - my)
    xx += d * d
  }
  if (xx === 0) throw new RangeError('a slope needs at least two different points')
  return xy / xx
}

function logs(name: string, values: Numbers): Float64Array {
  checkNumbers(name, values)
  for (let i = 0; i < values.length; i++) {
    if (!((values[i] as number) > 0)) throw new RangeError(`${name}[${i}] must be > 0, got ${values[i]}`)
  }
  return log(values)
}

function checkPairs(first: string, x: Numbers, second: string, y: Numbers): void {
  if (x.length !== y.length)
    throw new RangeError(`${second} must hold ${x.length} numbers, one for each of ${first}, got ${y.length}`)
}

/**
 * The order p of errors that behave as C L^p: the slope of log error over log L, by least squares. -1 is what a network with a
 * neural ODE as its limit shows.
 * @throws RangeError where a number is not positive, or all L are the same
 */
export function fitSlope(Ls: Numbers, errors: Numbers): number {
  checkPairs('Ls', Ls, 'errors', errors)
  return slope(logs('Ls', Ls), logs('errors', errors))
}

/**
 * The rate mu of losses that behave as C exp(-mu t): minus the slope of log loss over t, by least squares.
 *
 * Along a gradient flow of n samples and width q, Marion et al. 2024, Theorem 6, promise a loss below
 * exp(-C' t / (n sqrt(n) q)) times the first, with C' from the activation alone.
 * @throws RangeError where a loss is not positive, or all t are the same
 */
export function decayRate(ts: Numbers, losses: Numbers): number {
  checkPairs('ts', ts, 'losses', losses)
  checkNumbers('ts', ts)
  return -slope(Float64Array.from(ts), logs('losses', losses))
}
