// All elementary functions under one name, and f64 scalar forms for the step size controller and the random numbers.
import { exp, tanh } from './math-exp'
import { log } from './math-log'
import { cos, sin } from './math-trig'

export { exp, expm1, sigmoid, tanh } from './math-exp'
export { log, log1p } from './math-log'
export { pow64 } from './math-pow'
export { cos, sin } from './math-trig'

export function exp64(x: f64): f64 {
  return f64x2.extract_lane(exp<f64>(f64x2.splat(x)), 0)
}

export function log64(x: f64): f64 {
  return f64x2.extract_lane(log<f64>(f64x2.splat(x)), 0)
}

export function tanh64(x: f64): f64 {
  return f64x2.extract_lane(tanh<f64>(f64x2.splat(x)), 0)
}
