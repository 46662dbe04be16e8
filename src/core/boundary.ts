/**
 * The one file that touches wasm. It instantiates the core on first use, calls its exports with numbers, and reads and writes
 * its memory. A view of the memory lives for one call at most: the memory may grow at any call into the core.
 */

import type { CoreExports } from '../generated/core-exports.ts'
import { loadModule } from '../load/inline.ts'

/** Precision of a state and of what computes it. */
export type Dtype = 'f32' | 'f64'
/** A vector of numbers in the precision of the state. */
export type Vector = Float32Array | Float64Array
/** Address in the core's memory. */
export type Pointer = number

/** A field that is a JavaScript function, seen from the core: t and two addresses. */
export type HostField = (t: number, y: Pointer, dy: Pointer) => void

/** Thrown when the core's memory cannot grow to what a call needs. The core stays usable. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError'
  /** Bytes that were asked for. */
  readonly bytes: number
  constructor(bytes: number) {
    super(
      `${bytes} bytes do not fit into the core's memory: use a smaller batch, fewer steps or a smaller checkpoint budget`,
    )
    this.bytes = bytes
  }
}

// Solves nest and never overlap otherwise, so a field's place on this stack is its id.
const hostFields: HostField[] = []

/** The verbs that exist in both precisions, bound to one of them. */
export type Verbs = {
  readonly [K in keyof CoreExports as CoreExports[K] extends (wide: boolean, ...rest: infer _) => unknown
    ? K
    : never]: CoreExports[K] extends (wide: boolean, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never
}

/** The builds of the core: with and without fused multiply-add. */
export type Build = 'strict' | 'relaxed'

let build: Build = 'strict'
let load = loadModule
let exportsOfCore: CoreExports | undefined
let verbsOfCore: Readonly<Record<Dtype, Verbs>> | undefined
let views: { f64: Float64Array; f32: Float32Array; i32: Int32Array } | undefined

/** The core's exports; the first call instantiates it, synchronously. */
export function core(): CoreExports {
  if (exportsOfCore === undefined) {
    const field = (id: number, t: Pointer, y: Pointer, dy: Pointer): void => {
      ;(hostFields[id] as HostField)(getF64(t), y, dy)
    }
    const instance = new WebAssembly.Instance(load(), { host: { field } })
    exportsOfCore = instance.exports as unknown as CoreExports
  }
  return exportsOfCore
}

/** Decides for a build of the core, which must not be in use; `module` is where that comes from, by default the strict one. */
export function takeBuild(name: Build, module: () => WebAssembly.Module = loadModule): void {
  if (name !== build && exportsOfCore !== undefined)
    throw new Error(`the ${build} core is in use already: call configure before anything else of relode is used`)
  build = name
  load = module
}

/** The module that the core is made of, for threads that make their own of it. */
export function moduleOfCore(): WebAssembly.Module {
  const module = load()
  load = () => module
  return module
}

/** Which build of the core runs, and how much memory it has. */
export function info(): Info {
  return { build, memory: exportsOfCore?.memory.buffer.byteLength ?? 0 }
}

/** What `info` tells. */
export interface Info {
  /** 'relaxed' only where `configure` of relode/relaxed asked for it and the engine has it. */
  readonly build: Build
  /** Bytes of the core's memory, which grows and never shrinks; 0 before its first use. */
  readonly memory: number
}

function bind(wide: boolean): Verbs {
  const all = Object.entries(core()).map(([name, verb]) => [name, verb.bind?.(null, wide)])
  return Object.fromEntries(all)
}

/** The verbs of one precision. */
export function verbs(dtype: Dtype): Verbs {
  verbsOfCore ??= { f32: bind(false), f64: bind(true) }
  return verbsOfCore[dtype]
}

function memory(): { f64: Float64Array; f32: Float32Array; i32: Int32Array } {
  // Growth detaches the buffer, and its views are empty then. Asking the memory for its buffer each time costs much more.
  if (!views?.i32.length) {
    const { buffer } = core().memory
    views = { f64: new Float64Array(buffer), f32: new Float32Array(buffer), i32: new Int32Array(buffer) }
  }
  return views
}

/** Bytes of one number. */
export function sizeOf(dtype: Dtype): number {
  return dtype === 'f32' ? 4 : 8
}

/** A new array of `length` zeros in that precision. */
export function vector(dtype: Dtype, length: number): Vector {
  return dtype === 'f32' ? new Float32Array(length) : new Float64Array(length)
}

/** Numbers up to which a loop is faster than the engine's own copying. */
const FEW = 64

function viewOf(dtype: Dtype): Vector {
  return dtype === 'f32' ? memory().f32 : memory().f64
}

function indexOf(dtype: Dtype, at: Pointer): number {
  return at >>> (dtype === 'f32' ? 2 : 3)
}

/** Copies numbers into the core's memory, rounding to `dtype`. */
export function write(dtype: Dtype, at: Pointer, values: ArrayLike<number>): void {
  const target = viewOf(dtype)
  const to = indexOf(dtype, at)
  if (values.length > FEW) target.set(values, to)
  else for (let i = 0; i < values.length; i++) target[to + i] = values[i] as number
}

/** Copies `length` numbers out of the core's memory. */
export function read(dtype: Dtype, at: Pointer, length: number): Vector {
  return readInto(dtype, at, vector(dtype, length))
}

/** Copies numbers out of the core's memory into `target`, and returns it. */
export function readInto<T extends Vector>(dtype: Dtype, at: Pointer, target: T): T {
  const source = viewOf(dtype)
  const from = indexOf(dtype, at)
  if (target.length > FEW) target.set(source.subarray(from, from + target.length))
  else for (let i = 0; i < target.length; i++) target[i] = source[from + i] as number
  return target
}

/** Moves the numbers of `source` into the core's memory and leaves `blank` behind; a loop, for they are few. */
export function moveOut(dtype: Dtype, source: Vector, to: Pointer, blank: number): void {
  const target = viewOf(dtype)
  const at = indexOf(dtype, to)
  for (let i = 0; i < source.length; i++) {
    target[at + i] = source[i] as number
    source[i] = blank
  }
}

export function setF64(at: Pointer, value: number): void {
  memory().f64[at >>> 3] = value
}

export function getF64(at: Pointer): number {
  return memory().f64[at >>> 3] as number
}

export function setI32(at: Pointer, value: number): void {
  memory().i32[at >>> 2] = value
}

/** Integers or addresses at their offsets from `at`. */
export function setWords(at: Pointer, words: readonly (readonly [offset: number, value: number])[]): void {
  const { i32 } = memory()
  for (const [offset, value] of words) i32[(at + offset) >>> 2] = value
}

/** The same, one behind the other. */
export function setAllI32(at: Pointer, values: readonly number[]): void {
  const { i32 } = memory()
  for (let i = 0; i < values.length; i++) i32[(at >>> 2) + i] = values[i] as number
}

export function getI32(at: Pointer): number {
  return memory().i32[at >>> 2] as number
}

/** Pointers above 2 GiB come out of wasm negative. */
export function getPointer(at: Pointer): Pointer {
  return getI32(at) >>> 0
}

/** Copies bytes within the core's memory. */
export function copy(to: Pointer, from: Pointer, bytes: number): void {
  memory().i32.copyWithin(to >>> 2, from >>> 2, (from + bytes + 3) >>> 2)
}

/** Sets `bytes` (a multiple of 4) to zero. */
export function zero(at: Pointer, bytes: number): void {
  memory().i32.fill(0, at >>> 2, (at + bytes) >>> 2)
}

/** Runs `call` with `field` reachable from the core under the id it is given. */
export function withHostField<R>(field: HostField, call: (id: number) => R): R {
  const id = hostFields.push(field) - 1
  try {
    return call(id)
  } finally {
    hostFields.pop()
  }
}

/** Runs a call into the core, turning its trap for want of memory into an error that says so. */
export function guarded<R>(call: () => R): R {
  try {
    return call()
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) {
      const bytes = core().memoryRefused() >>> 0
      if (bytes > 0) throw new OutOfMemoryError(bytes)
    }
    throw error
  }
}
