import { exp } from './math'

/** Standard normal distribution function; first version (rough), signature final. */
export function cdf<T>(x: v128): v128 {
  // Zelen & Severo, Abramowitz & Stegun 26.2.17: |error| < 7.5e-8
  const one = v128.splat<T>(<T>1)
  const ax = v128.abs<T>(x)
  const t = v128.div<T>(one, v128.add<T>(one, v128.mul<T>(ax, v128.splat<T>(<T>0.2316419))))
  let p = v128.splat<T>(<T>1.330274429)
  p = v128.add<T>(v128.mul<T>(p, t), v128.splat<T>(<T>-1.821255978))
  p = v128.add<T>(v128.mul<T>(p, t), v128.splat<T>(<T>1.781477937))
  p = v128.add<T>(v128.mul<T>(p, t), v128.splat<T>(<T>-0.356563782))
  p = v128.add<T>(v128.mul<T>(p, t), v128.splat<T>(<T>0.31938153))
  const pdf = v128.mul<T>(exp<T>(v128.mul<T>(v128.mul<T>(x, x), v128.splat<T>(<T>-0.5))), v128.splat<T>(<T>0.3989422804014327))
  const tail = v128.mul<T>(v128.mul<T>(p, t), pdf)
  return v128.bitselect(tail, v128.sub<T>(one, tail), v128.lt<T>(x, v128.splat<T>(<T>0)))
}
