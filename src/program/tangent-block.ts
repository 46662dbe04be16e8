import { copy, type Pointer, sizeOf } from '../core/boundary.ts'
import { Block, type BlockOptions } from './block.ts'
import type { Builder, ParameterSpec, Register } from './builder.ts'
import { Field } from './field.ts'
import { plus, Tangents } from './tangent.ts'

/** How a time moves with the times of a solve: its derivative is offset + rate * time. */
export interface MovingTime {
  readonly offset: number
  readonly rate: number
}

/** What moves besides the input of a block. */
export interface Direction {
  /** The parameters: where their derivatives are in the core, in the block's own layout. */
  readonly parameters?: Pointer | undefined
  /** Time; `lengthens`: the result is a derivative by time, and so is multiplied as time is stretched. */
  readonly time?: (MovingTime & { readonly lengthens: boolean }) | undefined
  /** The parameter set that comes first, where a solve does not begin with the first of the block. Default 0. */
  readonly first?: number | undefined
}

/**
 * The block [x | dx] -> [f(x) | J dx] of a block f, twice as wide; `J dx` is the derivative also along the parameters and the time
 * where these move. It has a copy of the parameters, and theirs behind them in each set where they move. Dispose it.
 */
export function tangentBlock(block: Block, { parameters, time, first = 0 }: Direction): Block {
  const { dtype, layers, span, inputs, outputs, rate, specs, parameterCount } = block
  const length = parameterCount / layers
  const moved = parameters === undefined ? undefined : length
  const write = (p: Builder): Register => {
    p.parameters.push(...zeros(specs, '', 0), ...(moved === undefined ? [] : zeros(specs, 'd', moved)))
    const tangents = new Tangents(p, block, p.slice(p.state, 0, inputs))
    const { value } = tangents
    const along = tangents.along(p.slice(p.state, inputs, inputs), {
      parameters: moved,
      time: time && derivative(p, time),
    })
    const stretched = time?.lengthens ? plus(p, along, p.scale(value, time.rate)) : along
    return p.concat(value, stretched ?? p.scale(value, 0))
  }
  const options: BlockOptions = { dtype, layers, rate, ...(span === undefined ? {} : { span }) }
  const made =
    block instanceof Field ? new Field(2 * inputs, write, options) : new Block(2 * inputs, 2 * outputs, write, options)
  const bytes = length * sizeOf(dtype)
  for (let k = 0; k < layers; k++) {
    const from = ((k + first) % layers) * bytes
    const to = made.parameterPointer + k * bytes * (moved === undefined ? 1 : 2)
    copy(to, block.parameterPointer + from, bytes)
    if (parameters !== undefined) copy(to + bytes, parameters + from, bytes)
  }
  made.changed()
  return made
}

/** The same tensors under other names, `by` further behind, and nothing drawn for them. */
const zeros = (specs: readonly ParameterSpec[], prefix: string, by: number): ParameterSpec[] =>
  specs.map(({ name, shape, offset }) => ({
    name: prefix + name,
    shape,
    offset: offset + by,
    init: { kind: 'zero', scale: 0 },
  }))

/** offset + rate * t, as a column. The constant is a multiple of e^(0 t). */
function derivative(p: Builder, { offset, rate }: MovingTime): Register {
  const t = p.time()
  const one = p.activate(p.scale(t, 0), 'exp')
  return p.add(p.scale(one, offset), p.scale(t, rate))
}
