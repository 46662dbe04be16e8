/**
 * The one container of model files: safetensors, readable by PyTorch, JAX and the `safetensors` crate.
 *
 * Layout (huggingface/safetensors, README "Format"): u64 little-endian N, N bytes of JSON that start with `{` and may be
 * padded with spaces, then one byte buffer that the tensors cover without a hole. Every host of wasm is little-endian in
 * its typed arrays, so that the payload is copied as bytes.
 */

/** One array of a model file: row-major data whose length is the product of `shape` (`[]` is a scalar). */
export interface Tensor {
  readonly dtype: 'F32' | 'F64'
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array
}

/** What `decode` finds in a file: the tensors in the order of its header. */
export interface Contents {
  readonly tensors: Map<string, Tensor>
  readonly metadata: Map<string, string>
}

/** A file, or a set of tensors, that is no valid safetensors file. The message names the tensor and the cure. */
export class FormatError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FormatError'
  }
}

const BYTES = { F32: 4, F64: 8 } as const
const METADATA = '__metadata__'
const MAX_HEADER = 1_000_000
const COUNT = /^(?:0|[1-9]\d{0,15})$/
// Data types of the format that have no typed array here; named so that the error can tell how to convert them.
const FOREIGN = /^(?:BOOL|[UI](?:8|16|32|64)|B?F16|F8_E\d\w{0,8}|F[46]\w{0,8}|C64)$/
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Writes tensors and string metadata as one safetensors file. The same input gives the same bytes.
 *
 * The header lists the tensors in the order given; the data holds F64 before F32 and starts 8-byte aligned, so that a
 * reader may map every tensor in place (the reference writer sorts by alignment for the same reason).
 *
 * @throws FormatError for a reserved or malformed name, and where dtype, shape and data disagree.
 */
export function encode(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  for (const [name, tensor] of tensors) checkTensor(name, tensor)
  const begin = new Map<string, number>()
  let size = 0
  for (const dtype of ['F64', 'F32'] as const) {
    for (const [name, tensor] of tensors) {
      if (tensor.dtype !== dtype) continue
      begin.set(name, size)
      size += tensor.data.byteLength
    }
  }
  const header = new TextEncoder().encode(headerText(tensors, metadata, begin))
  const start = 8 + Math.ceil(header.length / 8) * 8
  const file = new Uint8Array(start + size)
  file.fill(0x20, 8, start)
  file.set(header, 8)
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true)
  for (const [name, { data }] of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + (begin.get(name) as number))
  }
  return file
}

/**
 * Reads a safetensors file. The bytes are hostile until checked: every rule of the format is verified before a tensor is
 * allocated, each tensor is a copy (the file's buffer is not kept alive), and names such as `__proto__` are plain keys.
 *
 * @param options.maxHeader longest header accepted, in bytes; default 1 MB.
 * @throws FormatError whatever the bytes are; TypeError if `bytes` is no Uint8Array or ArrayBuffer.
 */
export function decode(bytes: Uint8Array | ArrayBuffer, options: { readonly maxHeader?: number } = {}): Contents {
  const maxHeader = options.maxHeader ?? MAX_HEADER
  if (!Number.isSafeInteger(maxHeader) || maxHeader < 2) {
    throw new RangeError(`maxHeader must be an integer >= 2, got ${maxHeader}`)
  }
  const file = ownView(bytes)
  const start = 8 + headerLength(file, maxHeader)
  const { names, entries } = parseHeader(file.subarray(8, start))
  const metadata = readMetadata(entries[METADATA])
  const infos = names.filter((name) => name !== METADATA).map((name) => readInfo(name, entries[name]))
  checkCoverage(infos, file.length - start)
  const tensors = new Map<string, Tensor>()
  for (const { name, dtype, shape, begin, end } of infos) {
    const { buffer } = file.slice(start + begin, start + end)
    tensors.set(name, { dtype, shape, data: dtype === 'F64' ? new Float64Array(buffer) : new Float32Array(buffer) })
  }
  return { tensors, metadata }
}

interface Info {
  readonly name: string
  readonly dtype: 'F32' | 'F64'
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

// Written by hand, because an object literal would move names such as '0' to the front and lose '__proto__'.
function headerText(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string>,
  begin: ReadonlyMap<string, number>,
): string {
  const entries: string[] = []
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, value]) => `${quote('metadata key', key)}:${quote('metadata', value)}`)
    entries.push(`"${METADATA}":{${pairs.join(',')}}`)
  }
  for (const [name, { dtype, shape, data }] of tensors) {
    const at = begin.get(name) as number
    const offsets = `${at},${at + data.byteLength}`
    entries.push(
      `${quote('tensor', name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${offsets}]}`,
    )
  }
  return `{${entries.join(',')}}`
}

// JSON can spell a lone surrogate, UTF-8 cannot: the reference reader refuses such a file.
function quote(what: string, text: string): string {
  if (typeof text !== 'string') fail(`${what} must be a string, got ${typeof text}`)
  if (LONE_SURROGATE.test(text)) fail(`${what} ${brief(text)} holds half a surrogate pair`)
  return JSON.stringify(text)
}

function checkTensor(name: string, { dtype, shape, data }: Tensor): void {
  if (name === METADATA) fail(`tensor name '${METADATA}' is reserved by the format: rename the tensor`)
  const fits = dtype === 'F32' ? data instanceof Float32Array : dtype === 'F64' && data instanceof Float64Array
  if (!fits) fail(`${label(name)} has dtype ${dtype}: give F32 a Float32Array, F64 a Float64Array`)
  for (const d of shape) checkCount(d, `${label(name)} shape [${brief(shape)}]`)
  const count = elements(name, shape)
  if (count !== data.length) {
    fail(`${label(name)} has shape [${brief(shape)}] = ${count} elements, but data of length ${data.length}`)
  }
}

function ownView(bytes: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  const kind = Object.prototype.toString.call(bytes)
  if (kind === '[object ArrayBuffer]') return new Uint8Array(bytes as ArrayBuffer)
  if (kind !== '[object Uint8Array]') {
    throw new TypeError(`bytes must be a Uint8Array or an ArrayBuffer, got ${kind.slice(8, -1)}`)
  }
  const { buffer, byteOffset, byteLength } = bytes as Uint8Array
  const view = new Uint8Array(buffer, byteOffset, byteLength)
  // Shared memory could change between the check and the use.
  return buffer instanceof ArrayBuffer ? (view as Uint8Array<ArrayBuffer>) : view.slice()
}

function headerLength(file: Uint8Array, maxHeader: number): number {
  if (file.length < 8) fail(`no safetensors file: ${file.length} bytes, the header length alone takes 8`)
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)
  if (length > BigInt(maxHeader)) {
    fail(`header of ${length} bytes is longer than maxHeader = ${maxHeader}: no safetensors file, or raise it`)
  }
  if (length > BigInt(file.length - 8)) {
    fail(`header of ${length} bytes in a file of ${file.length}: the file is cut off or no safetensors file`)
  }
  if (length === 0n || file[8] !== 0x7b) fail("header does not start with '{': no safetensors file")
  return Number(length)
}

function parseHeader(bytes: Uint8Array): { names: string[]; entries: Record<string, unknown> } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    fail('header is not UTF-8: the file is damaged')
  }
  let entries: Record<string, unknown>
  try {
    entries = JSON.parse(text)
  } catch {
    fail('header is not JSON: the file is damaged')
  }
  return { names: scanKeys(text), entries }
}

/**
 * JSON.parse keeps the last of equal keys without a word, rounds 9007199254740993, takes 1.0 and -0 for integers and
 * sorts integer keys: so the text, known to be valid JSON, is scanned for what the parsed object no longer shows.
 * Returns the keys of the outer object in the file's order.
 */
function scanKeys(header: string): string[] {
  const names: string[] = []
  const open: (Set<string> | null)[] = []
  for (const [token, text, colon] of header.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]|[^\s"{}[\],:]+/g)) {
    if (text !== undefined) {
      if (colon === undefined) continue
      const name = JSON.parse(text) as string
      const seen = open.at(-1) as Set<string>
      if (seen.has(name)) fail(`header names '${brief(name)}' twice: a name must be unique`)
      seen.add(name)
      if (open.length === 1) names.push(name)
    } else if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else if (!COUNT.test(token)) {
      fail(`header holds ${brief(token)} where only whole numbers from 0 to 2^53 - 1 may stand`)
    }
  }
  return names
}

function readMetadata(value: unknown): Map<string, string> {
  if (value === undefined) return new Map()
  if (!isObject(value)) fail(`${METADATA} must be an object of strings`)
  const pairs = Object.entries(value)
  for (const [key, text] of pairs) {
    if (typeof text !== 'string') fail(`${METADATA} '${brief(key)}' must be a string, got ${brief(text)}`)
  }
  return new Map(pairs as [string, string][])
}

function readInfo(name: string, value: unknown): Info {
  if (!isObject(value)) fail(`${label(name)} must be described by an object`)
  const [dtype, shape, offsets] = ['dtype', 'shape', 'data_offsets'].map((key) => {
    if (!Object.hasOwn(value, key)) fail(`${label(name)} has no ${key}`)
    return value[key]
  })
  if (dtype !== 'F32' && dtype !== 'F64') fail(dtypeMessage(name, dtype))
  if (!Array.isArray(shape)) fail(`${label(name)} has shape ${brief(shape)}, expected a list`)
  for (const d of shape) checkCount(d, `${label(name)} shape`)
  if (!Array.isArray(offsets) || offsets.length !== 2) {
    fail(`${label(name)} has data_offsets ${brief(offsets)}, expected [begin, end]`)
  }
  for (const o of offsets) checkCount(o, `${label(name)} data_offsets`)
  const [begin, end] = offsets as [number, number]
  const bytes = elements(name, shape) * BYTES[dtype]
  // No product of an end below its begin can match: a size is never negative.
  if (end - begin !== bytes) {
    fail(
      `${label(name)} of shape [${brief(shape)}] ${dtype} takes ${bytes} bytes, data_offsets [${brief(offsets)}] do not`,
    )
  }
  return { name, dtype, shape, begin, end }
}

function dtypeMessage(name: string, dtype: unknown): string {
  return typeof dtype === 'string' && FOREIGN.test(dtype)
    ? `${label(name)} has dtype ${dtype}, this reader takes F32 and F64: convert it before saving (PyTorch: .float())`
    : `${label(name)} has the unknown dtype ${brief(dtype)}`
}

function checkCount(value: unknown, what: string): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    fail(`${what} holds ${brief(value)}, expected an integer from 0 to 2^53 - 1`)
  }
}

function elements(name: string, shape: readonly number[]): number {
  let count = 1
  for (const d of shape) {
    count *= d
    if (count > Number.MAX_SAFE_INTEGER / 8) fail(`${label(name)} has shape [${brief(shape)}]: its size overflows`)
  }
  return count
}

// In the order of their offsets the tensors must follow each other exactly; an empty one may stand at any border.
function checkCoverage(infos: readonly Info[], size: number): void {
  let end = 0
  for (const info of [...infos].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (info.begin !== end) {
      const fault = info.begin < end ? 'overlaps the tensor before it' : 'leaves a hole before it'
      fail(`${label(info.name)} at data_offsets [${info.begin},${info.end}] ${fault}, which ends at ${end}`)
    }
    end = info.end
  }
  if (end > size) fail(`the tensors take ${end} bytes, the file holds ${size}: the file is cut off`)
  if (end < size) fail(`the tensors take ${end} bytes, the file holds ${size}: bytes without a tensor`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// A hostile name or shape must not flood or steer the terminal that shows the message.
function brief(value: unknown): string {
  const text = JSON.stringify(value).replace(/^["[]|["\]]$/g, '')
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function label(name: string): string {
  return `tensor '${brief(name)}'`
}

function fail(message: string): never {
  throw new FormatError(message)
}
