import { describe, expect, test } from 'vitest'
import { decode, encode, FormatError } from '../../src/io/safetensors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import { tsit5 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { lbfgs } from '../../src/train/lbfgs.ts'
import { adam, adamw, sgd } from '../../src/train/optimizers.ts'
import type { FitOptions } from '../../src/train/plan.ts'
import { cosine, warmup } from '../../src/train/schedules.ts'
import { scatter } from '../support/gradients.ts'

const EPOCHS = 6
// biome-ignore lint/suspicious/noThenProperty: an option, not a promise
const schedule = warmup({ steps: 5, then: cosine() })
const x = [...scatter(22)]
const y = x.map((v, i) => (i % 7 === 0 ? Number.NaN : 0.5 * v + 0.1))
const make = (dtype: 'f32' | 'f64' = 'f32', seed = 3): [MLP, NeuralODE] => {
  const field = new MLP([2, 9, 2], { dtype, seed })
  return [field, new NeuralODE(field, { t: [0, 1], solver: tsit5, rtol: 1e-4, atol: 1e-4 })]
}

const runs: readonly (readonly [string, FitOptions])[] = [
  ['adam, all rows', { optimizer: adam({ lr: 0.01 }) }],
  ['adam, shuffled batches', { optimizer: adam({ lr: 0.01 }), batchSize: 4, seed: 5 }],
  ['adamw, a schedule', { optimizer: adamw({ lr: 0.01 }), batchSize: 3, schedule }],
  [
    'sgd with momentum, clipped',
    { optimizer: sgd({ lr: 0.1, momentum: 0.9, nesterov: true }), batchSize: 5, clip: 0.1 },
  ],
  ['lbfgs', { optimizer: lbfgs({ memory: 3 }) }],
  ['inputs trained as well', { optimizer: adam({ lr: 0.01 }), trainInputs: true }],
]

describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
  test.each(runs)('resumed after any epoch: the same bits (%s)', (_, options) => {
    const [field, node] = make(dtype)
    const whole = [...following(node, options)]
    const parameters = field.parameters
    field.dispose()
    for (const { checkpoint, epoch } of whole) {
      // Another process: another model, with other parameters.
      const [other, again] = make(dtype, 99)
      const rest = [...following(again, { ...options, resume: checkpoint })]
      expect(other.parameters).toEqual(parameters)
      expect(rest).toEqual(whole.slice(epoch))
      other.dispose()
    }
  })
})

interface Record {
  readonly epoch: number
  readonly loss: number
  readonly lr: number
  readonly inputs: ArrayLike<number>
  readonly checkpoint: Uint8Array
}

function* following(node: NeuralODE, options: FitOptions): Generator<Record> {
  for (const { epoch, loss, lr, inputs, checkpoint } of fit(node, { x, y }, { epochs: EPOCHS, ...options })) {
    yield { epoch, loss, lr, inputs: inputs(), checkpoint: checkpoint() }
  }
}

describe('a checkpoint', () => {
  const options: FitOptions = { optimizer: adam(), batchSize: 4 }
  const saved = (): Uint8Array => {
    const [field, node] = make()
    try {
      const { value } = following(node, options).next() as { value: Record }
      return value.checkpoint
    } finally {
      field.dispose()
    }
  }

  const refuse = (
    bytes: Uint8Array,
    more: FitOptions,
    message: string | RegExp,
    dtype: 'f32' | 'f64' = 'f32',
    width = 9,
  ): void => {
    const field = new MLP([2, width, 2], { dtype })
    const before = field.parameters
    const node = new NeuralODE(field)
    expect(() => [...fit(node, { x, y }, { ...options, epochs: 3, ...more, resume: bytes })]).toThrow(FormatError)
    expect(() => [...fit(node, { x, y }, { ...options, epochs: 3, ...more, resume: bytes })]).toThrow(message)
    expect(field.parameters).toEqual(before)
    field.dispose()
  }

  test('does not read the epochs it has', () => {
    const [field, node] = make()
    const all = [...following(node, { ...options, epochs: 3 })]
    const after = field.parameters
    const last = all[2] as Record
    expect([...following(node, { ...options, epochs: 3, resume: last.checkpoint })]).toEqual([])
    expect(field.parameters).toEqual(after)
    // More epochs than were planned go on from there.
    expect([...following(node, { ...options, epochs: 5, resume: last.checkpoint })].map(({ epoch }) => epoch)).toEqual([
      4, 5,
    ])
    field.dispose()
  })

  test('fits its own training only', () => {
    refuse(saved(), { optimizer: sgd() }, 'the checkpoint is of optimizer adam, the training uses sgd')
    refuse(saved(), { optimizer: adamw() }, 'the checkpoint is of optimizer adam, the training uses adamw')
    refuse(saved(), {}, 'the checkpoint must hold 47 numbers of parameters in f64, got none', 'f64')
    refuse(saved(), {}, 'the checkpoint must hold 52 numbers of parameters in f32, got 47', 'f32', 10)
    refuse(
      saved(),
      { trainInputs: true, batchSize: 11 },
      'the checkpoint must hold 22 numbers of inputs in f32, got none',
    )
  })

  test('is hostile until it is checked', () => {
    const [field, node] = make()
    refuse(node.save(), {}, 'the file has no metadata entry "relode-training"')
    field.dispose()
    const { tensors, metadata } = decode(saved())
    const state = JSON.parse(metadata.get('relode-training') as string) as object
    const damaged = (changes: object): Uint8Array =>
      encode(tensors, new Map([['relode-training', JSON.stringify({ ...state, ...changes })]]))
    for (const changes of [
      { epoch: -1 },
      { epoch: 1.5 },
      { epoch: '1' },
      { step: null },
      { stream: [] },
      { stream: [1, 2, 3, 4, 5, 6, 7, 'x'] },
      { stream: 'xoshiro' },
      { optimizer: 3 },
    ]) {
      refuse(damaged(changes), {}, 'the state of the training is damaged')
    }
    for (const text of ['', '{', 'null', '[]', '3']) {
      refuse(encode(tensors, new Map([['relode-training', text]])), {}, /not JSON|damaged/)
    }
    tensors.delete('parameters.slot1')
    refuse(encode(tensors, metadata), {}, 'the checkpoint must hold 47 numbers of parameters.slot1 in f32, got none')
    const bytes = saved()
    for (let length = 0; length < bytes.length; length += 7) refuse(bytes.slice(0, length), {}, /./)
  })
})
