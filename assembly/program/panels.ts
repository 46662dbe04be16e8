import {
  FIELD_LAYERS, FIELD_LAYER_PACKED, FIELD_LAYER_PARAMS, FIELD_OPS, FIELD_OP_COUNT, FIELD_PACKED, FIELD_PARAMS, FIELD_WIDTHS, OP_A,
  OP_BIAS, OP_BYTES, OP_CODE, OP_DENSE, OP_DST, OP_PACK, OP_PACK_T, OP_WEIGHT,
} from '../abi'
import { bytesOf, packEither } from '../kernels/either'
import { width } from './ops'

/** Packs the weights of every dense op in every parameter set; due whenever the parameters have changed. */
export function packField(f: usize, wide: bool): void {
  let params = load<usize>(f, FIELD_PARAMS), packed = load<usize>(f, FIELD_PACKED)
  for (let i = load<i32>(f, FIELD_LAYERS); i > 0; i--) {
    packLayer(f, params, packed, wide)
    params += bytesOf(load<i32>(f, FIELD_LAYER_PARAMS), wide)
    packed += bytesOf(load<i32>(f, FIELD_LAYER_PACKED), wide)
  }
}

function packLayer(f: usize, params: usize, packed: usize, wide: bool): void {
  const widths = load<usize>(f, FIELD_WIDTHS)
  let op = load<usize>(f, FIELD_OPS)
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (load<i32>(op, OP_CODE) != OP_DENSE) continue
    const m = width(widths, op, OP_A), n = width(widths, op, OP_DST)
    const weight = params + bytesOf(load<i32>(op, OP_WEIGHT), wide)
    const bias = load<i32>(op, OP_BIAS)
    packEither(m, n, weight, 1, m, bias < 0 ? 0 : params + bytesOf(bias, wide), packed + bytesOf(load<i32>(op, OP_PACK), wide), wide)
    const t = load<i32>(op, OP_PACK_T)
    if (WHOLE && t >= 0) packEither(n, m, weight, m, 1, 0, packed + bytesOf(t, wide), wide)
  }
}
