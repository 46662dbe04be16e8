import * as abi from '../../assembly/abi.ts'
import type { Arena } from '../core/arena.ts'
import { type Dtype, getF64, getI32, type Pointer, setF64, setI32, setWords, verbs } from '../core/boundary.ts'
import { type Builder, type Op, type Register, sources } from './builder.ts'
import { onceFlags } from './once.ts'

/** A program as the core runs it: live ops only, with the flags of its transpose. */
export interface Program {
  readonly ops: readonly (Op & { readonly flags: number })[]
  readonly widths: readonly number[]
  readonly out: number
}

/** Drops what does not reach `out`, and finds for every op whether its operands' cotangents hold something already. */
export function finish(builder: Builder, out: Register): Program {
  const alive = new Set([out.index])
  const live = [...builder.ops].reverse().filter((op) => {
    if (!alive.has(op.dst)) return false
    for (const source of sources(op)) alive.add(source)
    return true
  })
  // Register 0 is the state: the core clears its cotangent, so every op adds to it. The output's is the seed.
  const touched = new Set([0, out.index])
  const once = onceFlags(live, builder.widths, touched)
  const ops = live.map((op) => {
    let flags = once[op.dst] ?? 0
    sources(op).forEach((source, i) => {
      if (touched.has(source)) flags |= i === 0 ? abi.FLAG_ADD_A : abi.FLAG_ADD_B
      touched.add(source)
    })
    return { ...op, flags }
  })
  return { ops: ops.reverse(), widths: builder.widths, out: out.index }
}

/** What is laid out: a program, the width of its input, how many parameter sets of which length it has, and over which time. */
export interface Layout {
  readonly program: Program
  readonly inputs: number
  readonly layers: number
  readonly setLength: number
  /** 0: a set belongs to a step. */
  readonly span: number
}

/** Writes a block for the core: struct, ops, widths; `params` is where its parameters are. Returns the struct's address. */
export function layOut(arena: Arena, dtype: Dtype, layout: Layout, params: Pointer): Pointer {
  const { program, inputs, layers, setLength, span } = layout
  const { packedLength } = verbs(dtype)
  const field = arena.bytes(abi.FIELD_SIZE)
  const widths = arena.bytes(4 * program.widths.length)
  program.widths.forEach((width, i) => setI32(widths + 4 * i, width))
  const ops = arena.bytes(abi.OP_BYTES * program.ops.length)
  let packed = 0
  const reserve = (k: number, n: number): number => {
    const at = packed
    packed += packedLength(k, n)
    return at
  }
  program.ops.forEach((op, i) => {
    const at = ops + i * abi.OP_BYTES
    const dense = op.code === abi.OP_DENSE
    const [m, n] = [program.widths[op.a] as number, program.widths[op.dst] as number]
    setWords(at, [
      [abi.OP_CODE, op.code],
      [abi.OP_DST, op.dst],
      [abi.OP_A, op.a],
      [abi.OP_B, op.b],
      [abi.OP_ACT, op.activation],
      [abi.OP_WEIGHT, op.weight],
      [abi.OP_BIAS, op.bias],
      [abi.OP_PACK, dense ? reserve(m, n) : (op.place?.(arena) ?? -1)],
      [abi.OP_PACK_T, dense ? reserve(n, m) : -1],
      [abi.OP_PRE, op.pre],
      [abi.OP_FLAGS, op.flags],
      [abi.OP_FROM, op.from],
    ])
    setF64(at + abi.OP_FACTOR, op.factor)
  })
  const panels = arena.zeros(dtype, layers * packed)
  setI32(field + abi.FIELD_KIND, abi.FIELD_PROGRAM)
  setI32(field + abi.FIELD_DIM, inputs)
  setI32(field + abi.FIELD_OPS, ops)
  setI32(field + abi.FIELD_OP_COUNT, program.ops.length)
  setI32(field + abi.FIELD_WIDTHS, widths)
  setI32(field + abi.FIELD_REG_COUNT, program.widths.length)
  setI32(field + abi.FIELD_OUT, program.out)
  setI32(field + abi.FIELD_PARAMS, params)
  setI32(field + abi.FIELD_PACKED, panels)
  setI32(field + abi.FIELD_LAYERS, layers)
  setI32(field + abi.FIELD_LAYER_PARAMS, setLength)
  setI32(field + abi.FIELD_LAYER_PACKED, packed)
  setF64(field + abi.FIELD_SPAN, span)
  return field
}

/** Has a field in the core parameters for every step: layers, and no span? */
export function perStep(field: Pointer): boolean {
  return getI32(field + abi.FIELD_LAYERS) > 1 && getF64(field + abi.FIELD_SPAN) === 0
}
