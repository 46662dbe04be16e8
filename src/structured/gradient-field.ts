import { copy, sizeOf } from '../core/boundary.ts'
import { FormatError } from '../io/safetensors.ts'
import { Block } from '../program/block.ts'
import { Builder, type Call, type Register } from '../program/builder.ts'
import { Field } from '../program/field.ts'
import { replay } from '../program/replay.ts'
import { Tangents } from '../program/tangent.ts'

/** Checks a scalar function of a state. */
export function checkScalar(name: string, block: Block): Block {
  if (!(block instanceof Block)) throw new TypeError(`${name} must be a block from a state to one number`)
  if (block.outputs !== 1) throw new RangeError(`${name} must map a state to one number, got ${block.outputs} numbers`)
  if (block.layers !== 1) throw new RangeError(`${name} must have one set of parameters, got layers ${block.layers}`)
  return block
}

/**
 * A field made of the gradient of a scalar block, with parameters of its own that begin as the block's, under the same names and at the
 * same places. A component costs one more pass of the block's program (forward mode): states are small here.
 *
 * @param arrange from the derivatives by the components of the state, columns, to the field
 */
function gradientField(of: Block, arrange: (p: Builder, derivatives: readonly Register[]) => Register): Field {
  const { dtype, inputs, specs, parameterCount, rate } = of
  const field = new Field(
    inputs,
    (p) => {
      p.parameters.push(...specs)
      const tangents = new Tangents(p, of, p.state)
      const zero = p.scale(p.time(), 0)
      const derivatives = Array.from({ length: inputs }, (_, i) => tangents.along(unit(p, zero, i, inputs)) ?? zero)
      return arrange(p, derivatives)
    },
    { dtype, rate },
  )
  copy(field.parameterPointer, of.parameterPointer, parameterCount * sizeOf(dtype))
  field.changed()
  return field
}

/** The unit vector i, the same for every row: e^0 among zeros. */
function unit(p: Builder, zero: Register, i: number, width: number): Register {
  const columns = Array.from({ length: width }, (_, j) => (j === i ? p.activate(zero, 'exp') : zero))
  return columns.reduce((row, column) => p.concat(row, column))
}

const beside = (p: Builder, columns: readonly Register[]): Register => columns.reduce((row, one) => p.concat(row, one))

/** -dV/dq, the force of a potential. */
export function forceOf(potential: Block): Field {
  return gradientField(potential, (p, derivatives) => p.scale(beside(p, derivatives), -1))
}

/** (dH/dp, -dH/dq) for the state [q | p]. */
export function flowOf(hamiltonian: Block): Field {
  const half = hamiltonian.inputs / 2
  return gradientField(hamiltonian, (p, derivatives) => {
    return p.concat(beside(p, derivatives.slice(half)), p.scale(beside(p, derivatives.slice(0, half)), -1))
  })
}

/** Gives a scalar block the parameters of a field that was made of it. */
export function follow(scalar: Block, field: Field): Block {
  copy(scalar.parameterPointer, field.parameterPointer, scalar.parameterCount * sizeOf(scalar.dtype))
  scalar.changed()
  return scalar
}

/** What makes a scalar as wide as its state, behind calls that end with the register `last`. */
function padding(last: number, inputs: number): Call[] {
  if (inputs === 1) return []
  return [
    ['slice', 0, 0, inputs - 1],
    ['scale', last + 1, 0],
    ['concat', last, last + 2],
  ]
}

/** A scalar block as the field of a model file, which is as wide as its input: the scalar, and zeros. Dispose it. */
export function padded(scalar: Block): Field {
  const { inputs, dtype, calls } = scalar
  const more = padding(replay(new Builder(inputs), calls).index, inputs)
  const field = new Field(inputs, (p) => replay(p, [...calls, ...more]), { dtype })
  copy(field.parameterPointer, scalar.parameterPointer, scalar.parameterCount * sizeOf(dtype))
  field.changed()
  return field
}

/** The scalar block that `padded` made the field of, which is disposed. */
export function unpadded(field: Field): Block {
  const { inputs, dtype, calls } = field
  const count = padding(0, inputs).length
  const own = calls.slice(0, calls.length - count)
  const last = replay(new Builder(inputs), own).index
  if (JSON.stringify(calls.slice(own.length)) !== JSON.stringify(padding(last, inputs)))
    throw new FormatError('the field must be one number and zeros: it is no potential and no Hamiltonian')
  const scalar = new Block(inputs, 1, (p) => replay(p, own), { dtype })
  scalar.load(field.tensors())
  field.dispose()
  return scalar
}
