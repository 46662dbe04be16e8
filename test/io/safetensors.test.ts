import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode, FormatError, type Tensor } from '../../src/io/safetensors.ts'

const f32 = (shape: number[], ...data: number[]): Tensor => ({ dtype: 'F32', shape, data: Float32Array.from(data) })
const f64 = (shape: number[], ...data: number[]): Tensor => ({ dtype: 'F64', shape, data: Float64Array.from(data) })

/** A file with any header and payload, valid or not; `length` overrides the u64. */
function file(header: string | Uint8Array, payload = 0, length?: bigint): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const bytes = new Uint8Array(8 + text.length + payload)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

function entry(shape: string, begin: number | string, end: number | string, dtype = 'F32'): string {
  return `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`
}

describe('round trip', () => {
  const tensors = new Map([
    ['0', f32([3], 1, -0, Number.NaN)],
    ['field.weight', f64([2, 2], 1 / 3, Number.MAX_VALUE, 5e-324, Number.NEGATIVE_INFINITY)],
    ['__proto__', f32([], 7)],
    ['empty', f64([0, 4])],
    ['also empty', f32([2, 0])],
    ['naïve "name"\n✓', f32([1, 1], 0.1)],
  ])
  const metadata = new Map([
    ['format', 'pt'],
    ['__proto__', 'plain\u0000key'],
  ])
  const bytes = encode(tensors, metadata)
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))

  test('tensors keep names, order, dtype, shape and bits; metadata is kept', () => {
    const back = decode(bytes)
    expect([...back.tensors.keys()]).toEqual([...tensors.keys()])
    for (const [name, tensor] of tensors) expect(back.tensors.get(name)).toEqual(tensor)
    expect(back.metadata).toEqual(metadata)
    expect(encode(back.tensors, back.metadata)).toEqual(bytes)
  })

  test('data starts 8-byte aligned, F64 before F32, so that every tensor can be mapped in place', () => {
    expect(start % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)))
    for (const [name, { dtype }] of tensors) {
      if (dtype === 'F64') expect(header[name].data_offsets[0] % 8).toBe(0)
    }
    expect(header['field.weight'].data_offsets).toEqual([0, 32])
  })

  test('the bytes are those of the format, written out', () => {
    const header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  '
    const expected = file(header, 8)
    new DataView(expected.buffer).setFloat32(8 + header.length, 1.5, true)
    new DataView(expected.buffer).setFloat32(12 + header.length, -2, true)
    expect(encode(new Map([['w', f32([2], 1.5, -2)]]))).toEqual(expected)
  })

  test('no tensors at all', () => {
    expect(decode(encode(new Map())).tensors.size).toBe(0)
    expect(decode(file('{}')).metadata.size).toBe(0)
  })

  test('ArrayBuffer, odd offsets and shared memory are read; the tensors are copies', () => {
    const odd = new Uint8Array(bytes.length + 3)
    odd.set(bytes, 3)
    const view = odd.subarray(3)
    const back = decode(view)
    expect(back.tensors).toEqual(decode(bytes.buffer).tensors)
    view.fill(0)
    expect(back.tensors.get('__proto__')?.data[0]).toBe(7)
    expect(back.tensors.get('0')?.data.buffer.byteLength).toBe(12)
    if (typeof SharedArrayBuffer === 'undefined') return
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    expect(decode(shared).tensors.get('0')?.data.buffer).toBeInstanceOf(ArrayBuffer)
  })

  test('an unaligned payload, a header in any order and trailing spaces are read', () => {
    const bytes = file(`{"b":${entry('[1]', 8, 16, 'F64')},"a":${entry('[2]', 0, 8)}} `, 16)
    new DataView(bytes.buffer).setFloat64(bytes.length - 8, Math.PI, true)
    const { tensors } = decode(bytes)
    expect([...tensors.keys()]).toEqual(['b', 'a'])
    expect(tensors.get('b')?.data[0]).toBe(Math.PI)
  })

  test('any tensors (property)', () => {
    const tensor = fc.tuple(fc.boolean(), fc.array(fc.nat(3), { maxLength: 3 })).map(([wide, shape]): Tensor => {
      const count = shape.reduce((a, b) => a * b, 1)
      const values = Array.from({ length: count }, (_, i) => i / 3)
      return wide ? f64(shape, ...values) : f32(shape, ...values)
    })
    const names = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__')
    fc.assert(
      fc.property(fc.array(fc.tuple(names, tensor), { maxLength: 8 }), (pairs) => {
        const tensors = new Map(pairs)
        expect([...decode(encode(tensors)).tensors]).toEqual([...tensors])
      }),
      { seed: 1, numRuns: 200 },
    )
  })
})

describe('encode refuses', () => {
  const cases: [string, [string, Tensor], RegExp][] = [
    ['the reserved name', ['__metadata__', f32([])], /'__metadata__' is reserved/],
    ['half a surrogate', ['\ud800', f32([1], 0)], /half a surrogate/],
    ['data of the other dtype', ['w', { ...f32([1], 0), dtype: 'F64' }], /tensor 'w' has dtype F64/],
    ['an unknown dtype', ['w', { ...f32([1], 0), dtype: 'I8' as 'F32' }], /tensor 'w' has dtype I8/],
    ['a shape that is not the length', ['w', f32([2, 2], 1)], /shape \[2,2\] = 4 elements, but data of length 1/],
    ['a negative size', ['w', f32([-1, -1], 1)], /holds -1/],
    ['a fraction', ['w', f32([0.5, 2], 1)], /holds 0.5/],
  ]
  test.each(cases)('%s', (_, tensor, message) => {
    expect(() => encode(new Map([tensor]))).toThrow(FormatError)
    expect(() => encode(new Map([tensor]))).toThrow(message)
  })
  test('metadata that is no string', () => {
    expect(() => encode(new Map(), new Map([['epoch', 3 as unknown as string]]))).toThrow(/metadata must be a string/)
  })
})

describe('decode refuses', () => {
  const a = `"a":${entry('[2]', 0, 8)}`
  const cases: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
    ['nothing', new Uint8Array(0), /0 bytes/],
    ['seven bytes', new Uint8Array(7), /7 bytes/],
    ['a header longer than the limit', file('{}', 0, 1_000_001n), /longer than maxHeader = 1000000/],
    ['a header of 2^64 - 1 bytes', file('{}', 0, 2n ** 64n - 1n), /header of 18446744073709551615 bytes/],
    ['a header past the file', file('{}', 0, 3n), /cut off/],
    ['an empty header', file(''), /does not start with '\{'/],
    ['a list', file('[]'), /does not start with '\{'/],
    ['a leading space', file(' {}'), /does not start with '\{'/],
    ['a byte order mark', file('\ufeff{}'), /does not start with '\{'/],
    ['bytes that are not UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /not UTF-8/],
    ['an overlong UTF-8 form', file(Uint8Array.of(0x7b, 0xc0, 0xa2, 0x7d)), /not UTF-8/],
    ['broken JSON', file('{"a":'), /not JSON/],
    ['a NUL after the header', file('{}\0'), /not JSON/],
    ['a name twice', file(`{${a},${a}}`, 8), /names 'a' twice/],
    ['a name twice, one escaped', file(`{${a},"\\u0061":${entry('[2]', 0, 8)}}`, 8), /names 'a' twice/],
    ['a field twice', file('{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}', 8), /'shape' twice/],
    ['a metadata key twice', file('{"__metadata__":{"k":"1","k":"2"}}'), /'k' twice/],
    ['metadata that is a list', file('{"__metadata__":["pt"]}'), /must be an object of strings/],
    ['metadata that is a number', file('{"__metadata__":{"epoch":3}}'), /'epoch' must be a string, got 3/],
    ['a tensor that is no object', file('{"a":"F32"}'), /tensor 'a' must be described by an object/],
    ['no dtype', file('{"a":{"shape":[2],"data_offsets":[0,8]}}', 8), /tensor 'a' has no dtype/],
    ['no shape', file('{"a":{"dtype":"F32","data_offsets":[0,8]}}', 8), /tensor 'a' has no shape/],
    ['no offsets', file('{"a":{"dtype":"F32","shape":[2]}}', 8), /tensor 'a' has no data_offsets/],
    ['half precision', file(`{"a":${entry('[4]', 0, 8, 'BF16')}}`, 8), /dtype BF16.*convert it.*\.float\(\)/],
    ['integers', file(`{"a":${entry('[1]', 0, 8, 'I64')}}`, 8), /dtype I64.*convert/],
    ['an unknown dtype', file(`{"a":${entry('[1]', 0, 8, 'F99')}}`, 8), /unknown dtype F99/],
    ['a dtype that is no string', file('{"a":{"dtype":[],"shape":[2],"data_offsets":[0,8]}}', 8), /unknown dtype/],
    ['a shape that is no list', file(`{"a":${entry('2', 0, 8)}}`, 8), /shape 2, expected a list/],
    ['a string in the shape', file(`{"a":${entry('["2"]', 0, 8)}}`, 8), /holds 2, expected an integer/],
    ['a nested shape', file(`{"a":${entry('[[2]]', 0, 8)}}`, 8), /expected an integer/],
    ['a negative size', file(`{"a":${entry('[-2]', 0, 8)}}`, 8), /header holds -2/],
    ['a negative zero', file(`{"a":${entry('[-0]', 0, 0)}}`), /header holds -0/],
    ['a fraction', file(`{"a":${entry('[2.5]', 0, 8)}}`, 8), /header holds 2.5/],
    ['an exponent', file(`{"a":${entry('[2e0]', 0, 8)}}`, 8), /header holds 2e0/],
    ['2^53 + 1', file(`{"a":${entry('[9007199254740993,0]', 0, 0)}}`), /holds 9007199254740992/],
    ['null offsets', file(`{"a":${entry('[2]', 0, 'null')}}`, 8), /header holds null/],
    ['three offsets', file(`{"a":${entry('[2]', 0, '4,8')}}`, 8), /data_offsets 0,4,8, expected \[begin, end\]/],
    ['reversed offsets', file(`{"a":${entry('[2]', 8, 0)}}`, 8), /takes 8 bytes, data_offsets \[8,0\] do not/],
    ['a size that is not shape x dtype', file(`{"a":${entry('[3]', 0, 8)}}`, 8), /shape \[3\] F32 takes 12 bytes/],
    // Wraps to 4 elements in 64 bits (safetensors-cpp).
    ['a product that wraps', file(`{"a":${entry('[4194305,4194305,211106198978564]', 0, 16)}}`, 16), /overflows/],
    [
      'a product that overflows before a zero',
      file(`{"a":${entry('[4194305,4194305,4194305,0]', 0, 0)}}`),
      /overflows/,
    ],
    ['an overlap', file(`{${a},"b":${entry('[2]', 4, 12)}}`, 12), /tensor 'b' at data_offsets \[4,12\] overlaps/],
    ['shared bytes', file(`{${a},"b":${entry('[2]', 0, 8)}}`, 8), /tensor 'b' .*overlaps/],
    ['an empty tensor inside another', file(`{${a},"b":${entry('[0]', 4, 4)}}`, 8), /tensor 'b' .*overlaps/],
    ['a hole', file(`{${a},"b":${entry('[1]', 12, 16)}}`, 16), /tensor 'b' .*hole.*ends at 8/],
    ['a hole at the start', file(`{"a":${entry('[1]', 4, 8)}}`, 8), /tensor 'a' .*hole/],
    ['an empty tensor past the data', file(`{${a},"b":${entry('[0]', 12, 12)}}`, 8), /tensor 'b' .*hole/],
    ['less data than tensors', file(`{${a}}`, 7), /take 8 bytes, the file holds 7: the file is cut off/],
    ['more data than tensors', file(`{${a}}`, 9), /take 8 bytes, the file holds 9: bytes without a tensor/],
  ]
  test.each(cases)('%s', (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(FormatError)
    expect(() => decode(bytes)).toThrow(message)
  })

  test('a hostile name neither floods nor steers the terminal', () => {
    const name = JSON.stringify(`\u001b[2J${'x'.repeat(5000)}`)
    try {
      decode(file(`{${name}:${entry('[1]', 0, 8)}}`, 8))
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(300)
      expect((error as Error).message).not.toContain('\u001b')
    }
  })

  test('a header of nothing but brackets', () => {
    const deep = `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`
    expect(() => decode(file(deep))).toThrow(FormatError)
  })

  test('a limit can be raised; what is no buffer is a TypeError', () => {
    const long = file(`{}${' '.repeat(1_000_000)}`)
    expect(() => decode(long)).toThrow(/longer than maxHeader/)
    expect(decode(long, { maxHeader: 2_000_000 }).tensors.size).toBe(0)
    expect(() => decode(long, { maxHeader: Number.NaN })).toThrow(/maxHeader must be an integer >= 2, got NaN/)
    expect(() => decode('{}' as unknown as Uint8Array)).toThrow(
      /bytes must be a Uint8Array or an ArrayBuffer, got String/,
    )
    expect(() => decode(new Float32Array(4) as unknown as Uint8Array)).toThrow(TypeError)
  })

  test('names of the prototype are plain names, and nothing is polluted', () => {
    const { tensors } = decode(file(`{"__proto__":${entry('[2]', 0, 8)},"toString":${entry('[0]', 8, 8)}}`, 8))
    expect([...tensors.keys()]).toEqual(['__proto__', 'toString'])
    expect(() => decode(file('{"constructor":{}}'))).toThrow(/tensor 'constructor' has no dtype/)
    expect(Object.hasOwn(Object.prototype, 'dtype')).toBe(false)
  })
})
