import type { Numbers } from '../core/check.ts'

/** A tolerance for each of `dim` components, checked. */
export function tolerance(name: string, value: number | Numbers, dim: number): Float64Array {
  if (typeof value !== 'number' && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    throw new TypeError(`${name} must be a number or an array of ${dim} numbers, got ${String(value)}`)
  }
  const length = typeof value === 'number' ? dim : value.length
  if (length !== dim) throw new RangeError(`${name} must be one number or ${dim}, one per component, got ${length}`)
  const values = typeof value === 'number' ? new Float64Array(dim).fill(value) : Float64Array.from(value)
  for (const [i, v] of values.entries()) {
    const where = typeof value === 'number' ? name : `${name}[${i}]`
    if (!(v >= 0 && v < Infinity)) throw new RangeError(`${where} must be >= 0, got ${v}`)
  }
  return values
}
