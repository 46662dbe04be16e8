// A model file may come from anywhere: whatever is wrong with it, `from` throws FormatError, at once and without having
// allocated on the file's word.

import { describe, expect, test } from 'vitest'
import { core } from '../../src/core/boundary.ts'
import { decode, encode, FormatError, type Tensor } from '../../src/io/safetensors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { pi } from '../../src/solve/controller.ts'
import { uniform } from '../support/vectors.ts'

const bytes = ((): Uint8Array => {
  using field = new MLP([2, 3, 2], { seed: 1 })
  return new NeuralODE(field, { t: [0, 0.5, 1], rtol: 1e-3 }).save()
})()
const { tensors, metadata } = decode(bytes)
const text = metadata.get('relode') as string

function refused(file: Uint8Array, message: string | RegExp): void {
  const before = performance.now()
  const pages = core().memory.buffer.byteLength
  let thrown: unknown
  try {
    NeuralODE.from(file).field.dispose()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(FormatError)
  expect((thrown as Error).message).toMatch(message)
  expect(performance.now() - before).toBeLessThan(2000)
  expect(core().memory.buffer.byteLength).toBe(pages)
}

/** The file with one thing in its description replaced: `blocks.0.inputs` by a value, undefined to leave it out. */
function described(path: string, value: unknown): Uint8Array {
  const description = JSON.parse(text) as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() as string
  const owner = keys.reduce((at, key) => at[key] as Record<string, unknown>, description)
  owner[last] = value
  return encode(tensors, new Map([['relode', JSON.stringify(description)]]))
}

test('the file itself is fine', () => {
  NeuralODE.from(bytes).field.dispose()
  NeuralODE.from(described('version', 1)).field.dispose()
})

describe('description', () => {
  const wrong = 'must be an integer from 1 to 65536, got'
  const layers = [['dense', 0, 3, { activation: 'relu', name: '0' }]]
  const both = [...layers, ['dense', 1, 2, { name: '2' }]]
  const wide = [
    ['dense', 0, 65536, {}],
    ['dense', 1, 65536, {}],
    ['dense', 2, 2, {}],
  ]
  const doubling = Array.from({ length: 40 }, (_, i) => ['concat', i, i])

  test.each<[path: string, value: unknown, message: string | RegExp]>([
    ['version', 2, 'the file has format version 2, this relode reads 1'],
    ['version', undefined, 'the file has format version undefined'],
    ['model', 'resnet', 'the file holds a model of kind "resnet", expected "neural-ode"'],
    ['blocks', undefined, 'the model has no blocks'],
    ['blocks', [], 'the model must have one field'],
    ['blocks', [null], 'the role of a block must be a text, got undefined'],
    ['blocks.0.role', 'readIn', 'the model must have one field'],
    ['blocks.0.inputs', 0, `inputs ${wrong} 0`],
    ['blocks.0.inputs', '2', `inputs ${wrong} 2`],
    ['blocks.0.outputs', 2 ** 40, `outputs ${wrong} 1099511627776`],
    ['blocks.0.outputs', 3, 'the program ends with width 2, expected 3'],
    ['blocks.0.inputs', 3, 'the field must be as wide as its input'],
    ['blocks.0.layers', 0, 'layers must be an integer from 1 to 16777216, got 0'],
    ['blocks.0.layers', 2 ** 24, 'tensor 0.weight has shape [3, 2], the model wants [16777216, 3, 2]'],
    ['blocks.0.dtype', 'f16', 'dtype must be f32 or f64, got f16'],
    ['blocks.0.dtype', 'f64', 'tensor 0.weight is F32, the model is f64'],
    ['blocks.0.calls', undefined, "the block's program must be a list of calls"],
    ['blocks.0.calls', ['dense'], "the block's program must be a list of calls"],
    ['blocks.0.calls', [['eval', 'x']], 'call 0 of the block\'s program: there is no op "eval"'],
    ['blocks.0.calls', layers, 'the program ends with width 3, expected 2'],
    ['blocks.0.calls', [...both, ['dense', 2, 2, { name: '4' }]], 'tensor 4.weight is missing'],
    ['blocks.0.calls', [['dense', 0, 2, {}]], 'tensor 0.weight has shape [3, 2], the model wants [2, 2]'],
    ['blocks.0.calls', [['scale', 0, 1]], 'tensor 0.weight belongs to no layer of the model'],
    ['blocks.0.calls', wide, 'tensor 0.weight has shape [3, 2], the model wants [65536, 2]'],
    ['blocks.0.calls', doubling, /^call 15 of the block's program: width of the concatenation must be/],
    ['options', undefined, 'the model has no options'],
    ['options', null, 'the model has no options'],
    ['options', 'none', 'the model has no options'],
  ])('%s: %j', (path, value, message) => refused(described(path, value), message))

  const row = { name: 'x', order: 1, source: '', c: [0], a: [[]], b: [1], dense: { order: 1, rows: [[1]] } }

  test.each<[option: string, value: unknown]>([
    ['t', 'now'],
    ['t', []],
    ['t', [0, null]],
    ['t', [0, 2, 1]],
    ['output', 'some'],
    ['solver', 'dopri5'],
    ['solver', {}],
    ['solver', { name: 'x', order: 1, c: [0], b: [1] }],
    ['solver', { ...row, b: [2] }],
    ['solver', { ...row, c: ['process.exit()'] }],
    ['solver', { ...row, errorLow: [1] }],
    ['solver', { ...row, dense: { ...row.dense, extra: 1 } }],
    ['solver', { ...row, dense: { ...row.dense, extra: { c: [1], a: [[2]] } } }],
    ['controller', 'pi'],
    ['controller', {}],
    ['controller', { ...pi(), safety: 0 }],
    ['rtol', -1],
    ['rtol', '1e-3'],
    ['rtol', { length: 2 ** 33 }],
    ['atol', [1]],
    ['steps', -1],
    ['dt', 0],
    ['maxSteps', 1e99],
    ['dtMax', 'Infinity'],
    ['adjoint', { kind: 'checkpoint', budget: 0 }],
    ['adjoint', { kind: 'magic' }],
  ])('option %s: %j', (option, value) => refused(described(`options.${option}`, value), /^the model's options: /))

  test('is missing, or no JSON', () => {
    for (const none of ['null', '[]', '3', '""'])
      refused(encode(tensors, new Map([['relode', none]])), /format version/)
    refused(encode(tensors), 'the file has no metadata entry "relode": it is not a relode model')
    for (const broken of ['', '{', 'undefined', text.slice(0, -1)]) {
      refused(encode(tensors, new Map([['relode', broken]])), 'the metadata entry "relode" is not JSON')
    }
  })

  test('does not reach the prototypes', () => {
    const file = encode(
      tensors,
      new Map([['relode', text.replace('"options":{', '"options":{"__proto__":{"polluted":1},')]]),
    )
    NeuralODE.from(file).field.dispose()
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('tensors', () => {
  const having = (change: (all: Map<string, Tensor>) => void): Uint8Array => {
    const all = new Map(tensors)
    change(all)
    return encode(all, metadata)
  }

  test('missing, surplus, of another shape, not finite', () => {
    refused(
      having((all) => all.delete('2.bias')),
      'tensor 2.bias is missing',
    )
    refused(
      having((all) => all.set('more', { dtype: 'F32', shape: [], data: new Float32Array(1) })),
      'tensor more belongs to no layer of the model',
    )
    refused(
      having((all) => all.set('2.bias', { dtype: 'F32', shape: [2, 1], data: new Float32Array(2) })),
      'tensor 2.bias has shape [2, 1], the model wants [2]',
    )
    refused(
      having((all) => all.set('2.bias', { dtype: 'F64', shape: [2], data: new Float64Array(2) })),
      'tensor 2.bias is F64, the model is f32',
    )
    refused(
      having((all) => all.set('2.bias', { dtype: 'F32', shape: [2], data: Float32Array.of(0, Number.NaN) })),
      /NaN/,
    )
  })
})

describe('bytes', () => {
  test('cut anywhere', () => {
    for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length), /./)
  })

  test('changed anywhere: FormatError or another model, and nothing else', () => {
    const next = uniform(11)
    let models = 0
    for (let i = 0; i < 20_000; i++) {
      const file = bytes.slice()
      const changes = 1 + Math.floor(next() * 3)
      for (let c = 0; c < changes; c++) file[Math.floor(next() * file.length)] = Math.floor(next() * 256)
      try {
        NeuralODE.from(file).field.dispose()
        models++
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }
    // Weights and digits may change without harm.
    expect(models).toBeGreaterThan(100)
    expect(models).toBeLessThan(15_000)
  })

  test('no bytes at all', () => {
    for (const none of [undefined, null, 'model', 3, [], {}, new Float32Array(8)]) {
      expect(() => NeuralODE.from(none as never)).toThrow()
    }
  })
})
