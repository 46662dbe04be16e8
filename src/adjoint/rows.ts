import { Arena } from '../core/arena.ts'
import { copy, type Dtype, type Pointer, read, sizeOf, type Vector, verbs } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'

// Rows [a | b] of two halves: values beside their derivatives.

/** A block of rows in the core, so many numbers from one to the next. */
export interface Rows {
  readonly at: Pointer
  readonly stride: number
}

/** Copies the first `width` numbers of `count` rows. */
export function copyRows(dtype: Dtype, count: number, width: number, from: Rows, to: Rows): void {
  const size = sizeOf(dtype)
  for (let i = 0; i < count; i++) copy(to.at + i * to.stride * size, from.at + i * from.stride * size, width * size)
}

/** `values` times `factor`, in the core. */
export function scaled(arena: Arena, dtype: Dtype, values: Numbers, factor: number): Pointer {
  const at = arena.copy(dtype, values)
  verbs(dtype).scale(values.length, factor, at, at)
  return at
}

/** Rows [a | factor b], in the core; a half that is not given is zeros. */
export function paired(
  arena: Arena,
  dtype: Dtype,
  width: number,
  a: Numbers | undefined,
  b: Numbers | undefined,
  factor = 1,
): Pointer {
  const count = ((a ?? b)?.length ?? 0) / width
  const to = arena.zeros(dtype, 2 * count * width)
  for (const [i, half] of [a, b].entries()) {
    if (half === undefined) continue
    const from = { at: scaled(arena, dtype, half, i === 0 ? 1 : factor), stride: width }
    copyRows(dtype, count, width, from, { at: to + i * width * sizeOf(dtype), stride: 2 * width })
  }
  return to
}

/** The halves of `count` rows [a | b], the second one times `factor`. */
export function halves(dtype: Dtype, count: number, width: number, at: Pointer, factor = 1): [a: Vector, b: Vector] {
  const arena = new Arena()
  try {
    const half = (i: number): Vector => {
      const to = arena.zeros(dtype, count * width)
      copyRows(
        dtype,
        count,
        width,
        { at: at + i * width * sizeOf(dtype), stride: 2 * width },
        { at: to, stride: width },
      )
      verbs(dtype).scale(count * width, i === 0 ? 1 : factor, to, to)
      return read(dtype, to, count * width)
    }
    return [half(0), half(1)]
  } finally {
    arena.free()
  }
}
