import { decode, encode, FormatError, type Tensor } from '../io/safetensors.ts'
import { Builder, type Call } from '../program/builder.ts'
import { Field } from '../program/field.ts'
import { replay } from '../program/replay.ts'

// A model file is a safetensors file: the parameters are its tensors, the metadata entry `relode` says what to do with them.

const VERSION = 1

/** Writes a model: its kind, its field, and its options as JSON. */
export function encodeModel(
  model: string,
  field: Field,
  options: object,
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const { dim, dtype, calls } = field
  const description = JSON.stringify({ version: VERSION, model, field: { dim, dtype, calls }, options }, plainNumbers)
  return encode(field.tensors(), new Map([...metadata, ['relode', description]]))
}

/** Typed arrays become arrays; JSON has no Infinity, and no option is infinite but by default. */
function plainNumbers(_: string, value: unknown): unknown {
  if (value instanceof Float64Array || value instanceof Float32Array) return Array.from(value)
  return value === Infinity ? undefined : value
}

function describe(
  text: string | undefined,
  model: string,
): { dim: unknown; dtype: unknown; calls: unknown; options: unknown } {
  if (text === undefined) throw new FormatError('the file has no metadata entry "relode": it is not a relode model')
  let description: unknown
  try {
    description = JSON.parse(text)
  } catch {
    throw new FormatError('the metadata entry "relode" is not JSON')
  }
  const { version, model: kind, field, options } = (description ?? {}) as Record<string, unknown>
  if (version !== VERSION)
    throw new FormatError(`the file has format version ${String(version)}, this relode reads ${VERSION}`)
  if (kind !== model)
    throw new FormatError(`the file holds a model of kind ${JSON.stringify(kind)}, expected "${model}"`)
  const { dim, dtype, calls } = (field ?? {}) as Record<string, unknown>
  if (typeof options !== 'object' || options === null) throw new FormatError('the model has no options')
  return { dim, dtype, calls, options }
}

/** Does the program ask for exactly the tensors that are there? Decided before anything is allocated. */
function checkTensors(builder: Builder, tensors: ReadonlyMap<string, Tensor>, dtype: string): void {
  for (const { name, shape } of builder.parameters) {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new FormatError(`tensor ${name} is missing`)
    if (tensor.shape.join() !== shape.join()) {
      throw new FormatError(
        `tensor ${name} has shape [${tensor.shape.join(', ')}], the model wants [${shape.join(', ')}]`,
      )
    }
    if (tensor.dtype !== dtype.toUpperCase())
      throw new FormatError(`tensor ${name} is ${tensor.dtype}, the model is ${dtype}`)
  }
  const wanted = new Set(builder.parameters.map((p) => p.name))
  for (const name of tensors.keys()) {
    if (!wanted.has(name)) throw new FormatError(`tensor ${name} belongs to no layer of the model`)
  }
}

/** Reads a model: its field with the parameters in place, and its options. Throws FormatError on anything unexpected. */
export function decodeModel(model: string, bytes: Uint8Array | ArrayBuffer): { field: Field; options: object } {
  const { tensors, metadata } = decode(bytes)
  const { dim, dtype, calls, options } = describe(metadata.get('relode'), model)
  if (typeof dim !== 'number' || !Number.isInteger(dim) || dim < 1 || dim > 65536) {
    throw new FormatError(`dim must be an integer from 1 to 65536, got ${String(dim)}`)
  }
  if (dtype !== 'f32' && dtype !== 'f64') throw new FormatError(`dtype must be f32 or f64, got ${String(dtype)}`)
  if (!Array.isArray(calls) || !calls.every(Array.isArray))
    throw new FormatError("the field's program must be a list of calls")
  const program = calls as unknown as readonly Call[]
  const builder = new Builder(dim)
  const result = replay(builder, program)
  if (result.width !== dim) throw new FormatError(`the program ends with width ${result.width}, expected ${dim}`)
  checkTensors(builder, tensors, dtype)
  const field = new Field(dim, (p) => replay(p, program), { dtype })
  try {
    field.load(tensors)
  } catch (error) {
    field.dispose()
    throw new FormatError((error as Error).message)
  }
  return { field, options: options as object }
}
