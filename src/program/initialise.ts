import { Arena } from '../core/arena.ts'
import { copy, type Pointer, sizeOf, verbs, write } from '../core/boundary.ts'
import { checkInt, checkOneOf, checkWithin, shown } from '../core/check.ts'
import { randomStream } from '../core/random.ts'
import { lengthOf, type ParameterSpec } from './builder.ts'
import { addSmooth, type Sets } from './smooth-layers.ts'

/** How layers start, against each other. */
export type InitialLayers = 'independent' | 'tied' | 'smooth'

/** How a parameter block starts. */
export interface Start {
  readonly seed: number
  readonly initialLayers: InitialLayers
  readonly lengthScale: number
}

/** Checks what a block's options say of its start. */
export function checkStart(options: Partial<Start>): Start {
  const { seed = 0, initialLayers = 'independent', lengthScale } = options
  if (lengthScale !== undefined && initialLayers !== 'smooth')
    throw new RangeError(`lengthScale is for initialLayers 'smooth', got ${shown(initialLayers)}`)
  return {
    seed: checkInt('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    initialLayers: checkOneOf('initialLayers', initialLayers, ['independent', 'tied', 'smooth']),
    lengthScale: checkWithin('lengthScale', lengthScale ?? 1, 0.02, 1e9),
  }
}

/** Writes the initial parameters. */
export function initialise(sets: Sets, { seed, initialLayers, lengthScale }: Start): void {
  const { dtype, layers, setLength, params } = sets
  const bytes = setLength * sizeOf(dtype)
  const arena = new Arena()
  try {
    const stream = randomStream(arena, seed)
    const drawn = { independent: layers, tied: 1, smooth: 0 }[initialLayers]
    for (let layer = 0; layer < drawn; layer++) draw(sets, stream, params + layer * bytes)
    if (initialLayers === 'smooth') addSmooth(sets, lengthScale, arena, (at) => draw(sets, stream, at))
    for (let layer = 1; initialLayers === 'tied' && layer < layers; layer++) copy(params + layer * bytes, params, bytes)
  } finally {
    arena.free()
  }
}

/** Draws one parameter set. */
function draw({ dtype, specs }: Sets, stream: Pointer, at: Pointer): void {
  const { uniform, normal } = verbs(dtype)
  for (const spec of specs) {
    const { init, offset } = spec
    const to = at + offset * sizeOf(dtype)
    if (init.kind === 'uniform') uniform(stream, lengthOf(spec), -init.scale, init.scale, to)
    if (init.kind === 'normal') normal(stream, lengthOf(spec), 0, init.scale, to)
    if (init.kind === 'first' || init.kind === 'last') write(dtype, to, identity(spec))
  }
}

/** The identity between the first or the last components; zeros for a bias. */
function identity({ shape, init: { kind, scale } }: ParameterSpec): Float64Array {
  const [rows = 0, columns = 0] = shape
  const matrix = new Float64Array(rows * Math.max(1, columns))
  const count = Math.min(rows, columns)
  const [row, column] = kind === 'first' ? [0, 0] : [rows - count, columns - count]
  for (let i = 0; i < count; i++) matrix[(row + i) * columns + column + i] = scale
  return matrix
}
