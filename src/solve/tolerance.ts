import { checkNumbers, type Numbers, shown } from '../core/check.ts'

/** A tolerance for each of `dim` components, checked. */
export function tolerance(name: string, value: number | Numbers, dim: number): Float64Array {
  if (typeof value !== 'number' && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    throw new TypeError(`${name} must be a number or an array of ${dim} numbers, got ${shown(value)}`)
  }
  const values = typeof value === 'number' ? new Float64Array(dim) : Float64Array.from(checkNumbers(name, value))
  if (values.length !== dim)
    throw new RangeError(`${name} must be one number or ${dim}, one per component, got ${values.length}`)
  for (let i = 0; i < dim; i++) {
    if (typeof value === 'number') values[i] = value
    const v = values[i] as number
    if (!(v >= 0 && v < Infinity))
      throw new RangeError(`${name}${typeof value === 'number' ? '' : `[${i}]`} must be >= 0, got ${v}`)
  }
  return values
}
