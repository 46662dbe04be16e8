import {
  FIELD_LAYERS, FIELD_LAYER_PACKED, FIELD_LAYER_PARAMS, FIELD_OPS, FIELD_OP_COUNT, FIELD_PACKED, FIELD_PARAMS, FIELD_WIDTHS, OP_A,
  OP_BIAS, OP_BYTES, OP_CODE, OP_DENSE, OP_DST, OP_PACK, OP_PACK_T, OP_WEIGHT,
} from '../abi'
import { pack } from '../kernels/pack'
import { width } from './ops'

/** Packs the weights of every dense op in every parameter set; due whenever the parameters have changed. */
export function packField<T>(f: usize): void {
  let params = load<usize>(f, FIELD_PARAMS), packed = load<usize>(f, FIELD_PACKED)
  for (let i = load<i32>(f, FIELD_LAYERS); i > 0; i--) {
    packLayer<T>(f, params, packed)
    params += load<usize>(f, FIELD_LAYER_PARAMS) * sizeof<T>()
    packed += load<usize>(f, FIELD_LAYER_PACKED) * sizeof<T>()
  }
}

function packLayer<T>(f: usize, params: usize, packed: usize): void {
  const widths = load<usize>(f, FIELD_WIDTHS)
  let op = load<usize>(f, FIELD_OPS)
  const size = <usize>sizeof<T>()
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (load<i32>(op, OP_CODE) != OP_DENSE) continue
    const m = width(widths, op, OP_A), n = width(widths, op, OP_DST)
    const weight = params + <usize>load<i32>(op, OP_WEIGHT) * size
    const bias = load<i32>(op, OP_BIAS)
    pack<T>(m, n, weight, 1, m, bias < 0 ? 0 : params + <usize>bias * size, packed + <usize>load<i32>(op, OP_PACK) * size)
    const t = load<i32>(op, OP_PACK_T)
    if (WHOLE && t >= 0) pack<T>(n, m, weight, m, 1, 0, packed + <usize>t * size)
  }
}
