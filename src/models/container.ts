import { decode, encode, FormatError, type Tensor } from '../io/safetensors.ts'
import { Block } from '../program/block.ts'
import { Builder, type Call, type Register } from '../program/builder.ts'
import { Field } from '../program/field.ts'
import { type OtherOps, replay } from '../program/replay.ts'

// A model file is a safetensors file: the parameters are its tensors, the metadata entry `relode` says what to do with them.

const VERSION = 1

/** The blocks of a model by their role: `field`, and what may surround it. Tensors of others than the field carry the role. */
export type Blocks = ReadonlyMap<string, Block>

const tensorName = (role: string, name: string): string => (role === 'field' ? name : `${role}.${name}`)

/** Writes a model: its kind, its blocks, and its options as JSON. */
export function encodeModel(
  model: string,
  blocks: Blocks,
  options: object,
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const tensors = new Map<string, Tensor>()
  for (const [role, block] of blocks) {
    for (const [name, tensor] of block.tensors()) tensors.set(tensorName(role, name), tensor)
  }
  const described = Array.from(blocks, ([role, { inputs, outputs, dtype, layers, span, calls }]) => {
    return { role, inputs, outputs, dtype, layers, span, calls }
  })
  const description = JSON.stringify({ version: VERSION, model, blocks: described, options }, plainNumbers)
  return encode(tensors, new Map([...metadata, ['relode', description]]))
}

/** Typed arrays become arrays; JSON has no Infinity, and no option is infinite but by default. */
function plainNumbers(_: string, value: unknown): unknown {
  if (value instanceof Float64Array || value instanceof Float32Array) return Array.from(value)
  return value === Infinity ? undefined : value
}

function describe(text: string | undefined, model: string): { blocks: unknown[]; options: object } {
  if (text === undefined) throw new FormatError('the file has no metadata entry "relode": it is not a relode model')
  let description: unknown
  try {
    description = JSON.parse(text)
  } catch {
    throw new FormatError('the metadata entry "relode" is not JSON')
  }
  const { version, model: kind, blocks, options } = (description ?? {}) as Record<string, unknown>
  if (version !== VERSION)
    throw new FormatError(`the file has format version ${String(version)}, this relode reads ${VERSION}`)
  if (kind !== model)
    throw new FormatError(`the file holds a model of kind ${JSON.stringify(kind)}, expected "${model}"`)
  if (!Array.isArray(blocks)) throw new FormatError('the model has no blocks')
  if (typeof options !== 'object' || options === null) throw new FormatError('the model has no options')
  return { blocks, options }
}

/** A block as a file describes it, before anything is allocated for it. */
interface Plan {
  readonly role: string
  readonly inputs: number
  readonly outputs: number
  readonly dtype: 'f32' | 'f64'
  readonly layers: number
  readonly span: { readonly span?: number }
  readonly write: (builder: Builder) => Register
  /** Name in the file and shape of every tensor. */
  readonly wanted: readonly (readonly [string, string])[]
}

function checkCount(name: string, value: unknown, high: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= high) return value
  throw new FormatError(`${name} must be an integer from 1 to ${high}, got ${String(value)}`)
}

function planOf(value: unknown, ops: OtherOps | undefined): Plan {
  const { role, dtype, calls, span, ...counts } = (value ?? {}) as Record<string, unknown>
  if (typeof role !== 'string') throw new FormatError(`the role of a block must be a text, got ${String(role)}`)
  if (dtype !== 'f32' && dtype !== 'f64') throw new FormatError(`dtype must be f32 or f64, got ${String(dtype)}`)
  const inputs = checkCount('inputs', counts['inputs'], 65536)
  const outputs = checkCount('outputs', counts['outputs'], 65536)
  const layers = checkCount('layers', counts['layers'], 2 ** 24)
  if (span !== undefined && !(typeof span === 'number' && span > 0 && span < Infinity))
    throw new FormatError(`span must be a number > 0, got ${String(span)}`)
  if (!Array.isArray(calls) || !calls.every(Array.isArray))
    throw new FormatError("the block's program must be a list of calls")
  const write = (builder: Builder): Register => replay(builder, calls as unknown as readonly Call[], ops)
  const builder = new Builder(inputs)
  const result = write(builder)
  if (result.width !== outputs)
    throw new FormatError(`the program ends with width ${result.width}, expected ${outputs}`)
  const shapeOf = (shape: readonly number[]): string => (layers === 1 ? shape : [layers, ...shape]).join(', ')
  const wanted = builder.parameters.map(({ name, shape }) => [tensorName(role, name), shapeOf(shape)] as const)
  return { role, inputs, outputs, dtype, layers, span: span === undefined ? {} : { span }, write, wanted }
}

/** Do the programs ask for exactly the tensors that are there? Decided before anything is allocated. */
function checkTensors(plans: readonly Plan[], tensors: ReadonlyMap<string, Tensor>): void {
  const wanted = new Set<string>()
  for (const plan of plans) {
    for (const [name, shape] of plan.wanted) {
      wanted.add(name)
      const tensor = tensors.get(name)
      if (tensor === undefined) throw new FormatError(`tensor ${name} is missing`)
      const got = tensor.shape.join(', ')
      if (got !== shape) throw new FormatError(`tensor ${name} has shape [${got}], the model wants [${shape}]`)
      if (tensor.dtype !== plan.dtype.toUpperCase())
        throw new FormatError(`tensor ${name} is ${tensor.dtype}, the model is ${plan.dtype}`)
    }
  }
  for (const name of tensors.keys()) {
    if (!wanted.has(name)) throw new FormatError(`tensor ${name} belongs to no layer of the model`)
  }
}

function make(plan: Plan, tensors: ReadonlyMap<string, Tensor>): Block {
  const { role, inputs, outputs, dtype, layers, span, write } = plan
  const block =
    role === 'field'
      ? new Field(inputs, write, { dtype, layers, ...span })
      : new Block(inputs, outputs, write, { dtype, layers, ...span })
  try {
    const own = Array.from(
      block.tensors().keys(),
      (name) => [name, tensors.get(tensorName(role, name)) as Tensor] as const,
    )
    block.load(new Map(own))
  } catch (error) {
    block.dispose()
    throw new FormatError((error as Error).message)
  }
  return block
}

/**
 * Reads a model: its field and other blocks with the parameters in place, and its options. Throws FormatError on anything
 * unexpected, and on roles other than those a model of this kind has. `ops`: what programs may call besides the methods of `Builder`.
 */
export function decodeModel(
  model: string,
  bytes: Uint8Array | ArrayBuffer,
  roles: readonly string[] = [],
  ops?: OtherOps,
): { field: Field; others: Blocks; options: object } {
  const { tensors, metadata } = decode(bytes)
  const { blocks, options } = describe(metadata.get('relode'), model)
  const plans = blocks.map((block) => planOf(block, ops))
  const given = plans.map(({ role }) => role)
  if (given.filter((role) => role === 'field').length !== 1) throw new FormatError('the model must have one field')
  const odd = given.find((role, i) => given.indexOf(role) !== i || !['field', ...roles].includes(role))
  if (odd !== undefined) throw new FormatError(`a ${model} has no second or other block ${JSON.stringify(odd)}`)
  if (plans.some(({ role, inputs, outputs }) => role === 'field' && inputs !== outputs))
    throw new FormatError('the field must be as wide as its input')
  checkTensors(plans, tensors)
  const made = new Map<string, Block>()
  try {
    for (const plan of plans) made.set(plan.role, make(plan, tensors))
  } catch (error) {
    for (const block of made.values()) block.dispose()
    throw error
  }
  const field = made.get('field') as Field
  made.delete('field')
  return { field, others: made, options }
}
