import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/io/safetensors.ts'
import { Builder, type Call, type Register } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { MLP, type MLPOptions } from '../../src/program/mlp.ts'
import { replay } from '../../src/program/replay.ts'
import { relative, scatter } from '../support/gradients.ts'
import { interpret } from '../support/interpreter.ts'

describe('parameters', () => {
  test('are named and laid out as PyTorch does it', () => {
    using field = new MLP([3, 5, 2, 3])
    expect(field.specs.map(({ name, shape, offset }) => [name, shape, offset])).toEqual([
      ['0.weight', [5, 3], 0],
      ['0.bias', [5], 15],
      ['2.weight', [2, 5], 20],
      ['2.bias', [2], 30],
      ['4.weight', [3, 2], 32],
      ['4.bias', [3], 38],
    ])
    expect(field.parameterCount).toBe(41)
    using named = new Field(2, (p) => p.dense(p.dense(p.state, 4, { name: 'in', bias: false }), 2, { name: 'out' }))
    expect(named.specs.map(({ name }) => name)).toEqual(['in.weight', 'out.weight', 'out.bias'])
  })

  test('start uniform in +-1/sqrt(fan-in), by the seed', () => {
    using field = new MLP([16, 400, 16], { dtype: 'f64', seed: 3 })
    for (const { offset, shape, init } of field.specs) {
      const values = field.parameters.slice(offset, offset + shape.reduce((a, b) => a * b, 1)) as Float64Array
      const fanIn = offset < 400 * 17 ? 16 : 400
      const bound = init.scale
      expect(init).toEqual({ kind: 'uniform', scale: 1 / Math.sqrt(fanIn) })
      expect(Math.max(...values)).toBeLessThanOrEqual(bound)
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-bound)
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length
      const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length
      expect(Math.abs(mean)).toBeLessThan((5 * bound) / Math.sqrt(3 * values.length))
      expect(Math.abs(variance / (bound * bound) - 1 / 3)).toBeLessThan(
        (5 * Math.sqrt(4 / 45)) / Math.sqrt(values.length),
      )
    }
    const parameters = (options: MLPOptions): ArrayLike<number> => {
      using other = new MLP([16, 400, 16], options)
      return other.parameters
    }
    expect(parameters({ dtype: 'f64', seed: 3 })).toEqual(field.parameters)
    expect(parameters({ dtype: 'f64', seed: 4 })).not.toEqual(field.parameters)
    expect(parameters({ seed: 3 })).toEqual(Float32Array.from(field.parameters))
    expect(parameters({})).toEqual(parameters({ seed: 0 }))
  })

  test('are read as a copy and written as a whole', () => {
    using field = new MLP([2, 2])
    const before = field.parameters
    field.parameters.fill(9)
    expect(field.parameters).toEqual(before)
    field.parameters = [1, 2, 3, 4, 5, 6]
    expect([...field.parameters]).toEqual([1, 2, 3, 4, 5, 6])
    // y W^T + b with W = [[1, 2], [3, 4]], b = [5, 6]
    expect([...field.forward([10, 100])]).toEqual([215, 436])
    expect(() => {
      field.parameters = [1]
    }).toThrow('parameters must hold 6 numbers, got 1')
    expect(() => {
      field.parameters = [1, 2, 3, 4, 5, Number.NaN]
    }).toThrow('parameters[5] is NaN')
    expect([...field.parameters]).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('come and go as tensors', () => {
    using field = new MLP([2, 3, 2], { dtype: 'f64', seed: 1 })
    using other = new MLP([2, 3, 2], { dtype: 'f64', seed: 2 })
    const tensors = field.tensors()
    expect([...tensors.keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias'])
    expect(tensors.get('0.weight')).toMatchObject({ dtype: 'F64', shape: [3, 2] })
    other.load(tensors)
    expect(other.parameters).toEqual(field.parameters)
    const wrong = new Map<string, Tensor>([
      ...tensors,
      ['0.bias', { dtype: 'F64', shape: [1, 3], data: new Float64Array(3) }],
    ])
    expect(() => other.load(wrong)).toThrow('tensor 0.bias must have shape [3], got [1, 3]')
    wrong.delete('0.bias')
    expect(() => other.load(wrong)).toThrow('tensor 0.bias is missing: the file holds 0.weight, 2.weight, 2.bias')
    expect(other.parameters).toEqual(field.parameters)
  })
})

describe('forward', () => {
  test('float32 is float64 but for rounding', () => {
    using single = new MLP([4, 33, 3], { activation: 'gelu', time: 'concat', seed: 5 })
    const x = scatter(51).map(Math.fround)
    const rows = Array.from({ length: 17 }, (_, i) =>
      interpret(single.calls, single.parameters, 0.5, [...x.slice(3 * i, 3 * i + 3)]),
    )
    const got = single.forward(Float32Array.from(x), 0.5)
    expect(got).toBeInstanceOf(Float32Array)
    expect(relative(got, rows.flat())).toBeLessThan(5e-7)
    expect(single.forward([...x], 0.5)).toEqual(got)
  })

  test('says what does not fit', () => {
    using field = new MLP([2, 2])
    expect(() => field.forward([1, 2, 3])).toThrow('x must hold rows of 2 numbers, got 3 numbers')
    expect(() => field.forward(Float64Array.of(1, 2))).toThrow('x is a Float64Array but the model is f32')
    expect(() => field.forward([1, Number.NaN])).toThrow('x[1] is NaN')
    expect(field.forward([])).toHaveLength(0)
  })
})

describe('disposal', () => {
  test('twice is once, and nothing works afterwards', () => {
    const field = new MLP([2, 2])
    field.dispose()
    field.dispose()
    field[Symbol.dispose]()
    const uses: (() => unknown)[] = [
      () => field.forward([1, 2]),
      () => field.parameters,
      () => {
        field.parameters = [1, 2, 3, 4, 5, 6]
      },
      () => field.tensors(),
      () => field.load(new Map()),
      () => field.ready(),
      () => field.parameterPointer,
    ]
    for (const use of uses) expect(use).toThrow('the block is disposed: its memory was given back; make a new one')
    expect(field.parameterCount).toBe(6)
  })
})

describe('misuse', () => {
  const other = new Builder(2)
  test.each<[string, (p: Builder) => Register, string | RegExp]>([
    ['a result of another width', (p) => p.dense(p.state, 3), 'the program must end with a register of width 2, got 3'],
    ['add of two widths', (p) => p.add(p.state, p.time()), 'operands must have one width, got 2 and 1'],
    ['mul of two widths', (p) => p.mul(p.time(), p.state), 'operands must have one width, got 1 and 2'],
    ['width 0', (p) => p.dense(p.state, 0), 'width must be an integer from 1 to 65536, got 0'],
    ['width 1.5', (p) => p.dense(p.state, 1.5), 'width must be an integer from 1 to 65536, got 1.5'],
    ['width NaN', (p) => p.dense(p.state, Number.NaN), 'width must be an integer'],
    [
      'an unknown activation',
      (p) => p.dense(p.state, 2, { activation: 'swish' as never }),
      /^activation must be one of .*relu.*, got "swish"/,
    ],
    ['an activation of Object', (p) => p.activate(p.state, 'constructor' as never), /^activation must be one of/],
    ['a factor of NaN', (p) => p.scale(p.state, Number.NaN), 'factor must be finite, got NaN'],
    ['a slice beyond the end', (p) => p.slice(p.state, 1, 2), 'width must be an integer from 0 to 1, got 2'],
    ['a slice from beyond the end', (p) => p.slice(p.state, 2, 1), 'from must be an integer from 0 to 1, got 2'],
    ['a slice from -1', (p) => p.slice(p.state, -1, 1), 'from must be an integer from 0 to 1, got -1'],
    [
      'one name twice',
      (p) => p.dense(p.dense(p.state, 2, { name: 'a' }), 2, { name: 'a' }),
      'parameter a.weight exists already: give the layer another name',
    ],
    [
      'a name that is a number',
      (p) => p.dense(p.dense(p.state, 2, { name: '1' }), 2),
      'parameter 1.weight exists already',
    ],
    ['a register of another program', (p) => p.add(p.state, other.state), 'a register belongs to another program'],
    ['a result of another program', () => other.state, 'a register belongs to another program'],
    ['a register out of thin air', (p) => p.dense({ index: 99, width: 2 }, 2), 'a register belongs to another program'],
    [
      'a block too wide',
      (p) => {
        let x = p.state
        for (let i = 0; i < 17; i++) x = p.concat(x, x)
        return x
      },
      /^width of the concatenation must be an integer from 2 to 65537/,
    ],
  ])('%s', (_, write, message) => expect(() => new Field(2, write)).toThrow(message))

  test.each<[string, () => unknown, string | RegExp]>([
    ['dim 0', () => new Field(0, (p) => p.state), 'dim must be an integer from 1 to 65536, got 0'],
    [
      'dtype',
      () => new Field(1, (p) => p.state, { dtype: 'f16' as never }),
      'dtype must be one of f32, f64, got "f16"',
    ],
    ['seed', () => new Field(1, (p) => p.state, { seed: 0.5 }), 'seed must be an integer from 0'],
    ['no sizes', () => new MLP([]), 'sizes must hold at least input and output, got []'],
    ['one size', () => new MLP([2]), 'sizes must hold at least input and output, got [2]'],
    ['size 0', () => new MLP([2, 0, 2]), 'sizes[1] must be an integer from 1 to 65536, got 0'],
    ['not a square', () => new MLP([2, 3]), "sizes[0] must be 3 (the state's 3), got 2"],
    [
      'no room for time',
      () => new MLP([2, 4, 2], { time: 'concat' }),
      "sizes[0] must be 3 (the state's 2 + time), got 2",
    ],
    ['activation', () => new MLP([2, 2], { outputActivation: 'ReLU' as never }), /^activation must be one of/],
  ])('%s', (_, make, message) => expect(make).toThrow(message))
})

describe('replay', () => {
  const again = (field: Field): Field => {
    const copy = new Field(field.dim, (p) => replay(p, JSON.parse(JSON.stringify(field.calls)) as Call[]), {
      dtype: field.dtype,
    })
    copy.parameters = field.parameters
    return copy
  }

  test.each<[string, (p: Builder) => Register]>([
    ['layers', (p) => p.dense(p.dense(p.state, 5, { activation: 'gelu', name: 'a' }), 2, { bias: false })],
    [
      'every op',
      (p) => {
        const x = p.dense(p.concat(p.state, p.time()), 4, { activation: 'silu' })
        const y = p.mul(p.slice(x, 0, 2), p.add(p.slice(x, 2, 2), p.scale(p.state, 0.1)))
        return p.activate(y, 'sin')
      },
    ],
    ['the identity', (p) => p.state],
    [
      'the identity after a dead layer',
      (p) => {
        p.dense(p.state, 2)
        return p.state
      },
    ],
    [
      'a result that is not written last',
      (p) => {
        const x = p.dense(p.state, 2, { activation: 'tanh' })
        p.dense(x, 2)
        return x
      },
    ],
    [
      'a result before a softplus, which keeps its input',
      (p) => {
        const x = p.dense(p.state, 2)
        p.dense(x, 2, { activation: 'softplus' })
        return x
      },
    ],
  ])('%s: the same field', (_, write) => {
    using field = new Field(2, write, { dtype: 'f64', seed: 8 })
    using copy = again(field)
    expect(copy.specs).toEqual(field.specs)
    expect(copy.calls).toEqual(field.calls)
    const x = scatter(10)
    expect(copy.forward(x, 0.3)).toEqual(field.forward(x, 0.3))
  })

  test.each<[string, unknown[]]>([
    ['an op that is none', ['explode']],
    ['a method of the builder that is no op', ['indexOf', 0]],
    ['a method of every object', ['constructor']],
    ['no method', []],
    ['a register not written', ['activate', 5, 'relu']],
    ['a register that is no number', ['activate', '0', 'relu']],
    ['a register to come', ['add', 0, 1]],
    ['a width of text', ['dense', 0, '2', {}]],
    ['no options', ['dense', 0, 2]],
    ['options null', ['dense', 0, 2, null]],
    ['a bias of 1', ['dense', 0, 2, { bias: 1 }]],
    ['a name of 1', ['dense', 0, 2, { name: 1 }]],
    ['an activation that is an object', ['dense', 0, 2, { activation: { relu: true } }]],
    ['a factor of null', ['scale', 0, null]],
    ['a factor of text', ['scale', 0, '2']],
    ['a slice of text', ['slice', 0, '0', 1]],
    ['a slice too wide', ['slice', 0, 0, 2 ** 31]],
  ])('refuses %s', (_, call) => {
    expect(() => replay(new Builder(2), [call as never])).toThrow(/^call 0 of the block's program: /)
  })
})
