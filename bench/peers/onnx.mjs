// A writer of ONNX models: as much of the wire format of protobuf as a graph of dense layers in a loop needs.
// Field numbers are those of onnx.proto (ONNX 1.16, IR 9, opset 17).
import { Buffer } from 'node:buffer'

const FLOAT = 1
const INT64 = 7
const BOOL = 9

function varint(value) {
  const bytes = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)])
const bytes = (field, value) => Buffer.concat([varint((field << 3) | 2), varint(value.length), value])
const text = (field, value) => bytes(field, Buffer.from(value))
const message = (field, parts) => bytes(field, Buffer.concat(parts))

/** TensorProto: dims, data_type, name, raw_data. */
function tensor(field, name, dims, type, raw) {
  return message(field, [...dims.map((dim) => integer(1, dim)), integer(2, type), text(8, name), bytes(9, raw)])
}

/** ValueInfoProto of a tensor type; no dims is a scalar. */
function value(field, name, type, dims) {
  const shape = dims.map((dim) => message(1, [integer(1, dim)]))
  return message(field, [text(1, name), message(2, [message(1, [integer(1, type), message(2, shape)])])])
}

/** Attributes: an integer, or a graph. */
const whole = (name, number) => message(5, [text(1, name), integer(3, number), integer(20, 2)])
const graphOf = (name, parts) => message(5, [text(1, name), message(6, parts), integer(20, 5)])

function node(op, inputs, outputs, attributes = []) {
  const names = [...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name))]
  return message(1, [...names, text(4, op), ...attributes])
}

const floats = (numbers) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
const scalar = (name, number) => tensor(5, name, [], FLOAT, floats(Float32Array.of(number)))

function model(parts) {
  return Buffer.concat([integer(1, 9), message(7, [text(2, 'relode'), ...parts]), message(8, [integer(2, 17)])])
}

/** Weights and biases as initialisers: w0, b0, w1, ... */
function initialisers({ sizes }, params) {
  let at = 0
  const take = (length) => {
    at += length
    return params.subarray(at - length, at)
  }
  return sizes.slice(1).flatMap((n, i) => {
    const k = sizes[i]
    return [tensor(5, `w${i}`, [n, k], FLOAT, floats(take(n * k))), tensor(5, `b${i}`, [n], FLOAT, floats(take(n)))]
  })
}

/** The nodes of one evaluation, `from` -> `to`: Gemm with W transposed, and Relu between. */
function evaluation({ sizes }, from, to, relu = sizes.length - 2) {
  return sizes.slice(1).flatMap((_, i) => {
    const x = i === 0 ? from : `${to}h${i}`
    const y = i === sizes.length - 2 ? to : `${to}h${i + 1}`
    const between = i < relu
    const gemm = node('Gemm', [x, `w${i}`, `b${i}`], [between ? `${y}z` : y], [whole('transB', 1)])
    return between ? [gemm, node('Relu', [`${y}z`], [y])] : [gemm]
  })
}

/** relu(x W^T + b): input `x`, output `y`. */
export function layerModel(task, { params }) {
  const { sizes, batch } = task
  const [k, n] = sizes
  return model([
    ...evaluation(task, 'x', 'y', 1),
    ...initialisers(task, params),
    value(11, 'x', FLOAT, [batch, k]),
    value(12, 'y', FLOAT, [batch, n]),
  ])
}

/** y at 1 from y at 0 = x by `steps` steps of rk4, the loop an op of the graph. */
export function rk4Model(task, { params }) {
  const { sizes, batch, steps } = task
  const shape = [batch, sizes[0]]
  const ahead = (i, factor) => [
    node('Mul', [`k${i}`, factor], [`d${i}`]),
    node('Add', ['s', `d${i}`], [`s${i}`]),
    ...evaluation(task, `s${i}`, `k${i + 1}`),
  ]
  const body = [
    ...evaluation(task, 's', 'k1'),
    ...ahead(1, 'half'),
    ...ahead(2, 'half'),
    ...ahead(3, 'h'),
    node('Add', ['k2', 'k3'], ['inner']),
    node('Mul', ['inner', 'two'], ['twice']),
    node('Add', ['k1', 'k4'], ['outer']),
    node('Add', ['outer', 'twice'], ['sum']),
    node('Mul', ['sum', 'sixth'], ['change']),
    node('Add', ['s', 'change'], ['next']),
    node('Identity', ['on'], ['still']),
  ]
  const loop = graphOf('body', [
    ...body,
    text(2, 'step'),
    value(11, 'i', INT64, []),
    value(11, 'on', BOOL, []),
    value(11, 's', FLOAT, shape),
    value(12, 'still', BOOL, []),
    value(12, 'next', FLOAT, shape),
  ])
  const h = 1 / steps
  const constants = [
    scalar('h', h),
    scalar('half', h / 2),
    scalar('sixth', h / 6),
    scalar('two', 2),
    tensor(5, 'steps', [], INT64, Buffer.from(BigInt64Array.of(BigInt(steps)).buffer)),
    tensor(5, 'true', [], BOOL, Buffer.from([1])),
  ]
  return model([
    node('Loop', ['steps', 'true', 'x'], ['y'], [loop]),
    ...initialisers(task, params),
    ...constants,
    value(11, 'x', FLOAT, shape),
    value(12, 'y', FLOAT, shape),
  ])
}
