import { expect } from 'vitest'
import { FixedPointError } from '../../src/core/fixed-point-error.ts'
import { Field } from '../../src/program/field.ts'
import { largestSingularValue } from './linear.ts'

/** A z with ||A|| = `norm`, without bias and activation, in f64. */
export function linear(width: number, norm: number, seed = 1): Field {
  const field = new Field(width, (p) => p.dense(p.state, width, { bias: false }), { dtype: 'f64', seed })
  const now = largestSingularValue(field.parameters, width, width)
  field.parameters = field.parameters.map((p) => (norm * p) / now)
  return field
}

/** The error of a fixed point that is not found. */
export function failed(run: () => unknown): FixedPointError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(FixedPointError)
    return error as FixedPointError
  }
  throw new Error('nothing was thrown')
}
