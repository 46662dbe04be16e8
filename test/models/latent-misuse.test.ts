import { describe, expect, test } from 'vitest'
import { FormatError } from '../../src/io/safetensors.ts'
import { LatentObjective } from '../../src/models/latent-objective.ts'
import { LatentODE } from '../../src/models/latent-ode.ts'
import { gaussian } from '../../src/models/likelihoods.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { fitLatent } from '../../src/train/latent.ts'
import { model } from '../support/latent-models.ts'

describe('misuse of latent ODEs', () => {
  const f32 = model('f32')
  test.each<[string, () => unknown, string | RegExp]>([
    ['one time', () => model('f32', { t: [1] }), 't must hold at least two times, got 1'],
    ['times that repeat', () => model('f32', { t: [0, 1, 1] }), 't must increase, got t[2] = 1 after t[1] = 1'],
    [
      'head from another width',
      () => model('f32', { head: new Affine(3, 6) }),
      "head must map from the cell's width 4, got inputs 3",
    ],
    [
      'half a head',
      () => model('f32', { head: new Affine(4, 5) }),
      'head must have 2 outputs for each of up to 3 latent components, got outputs 5',
    ],
    ['a head too wide', () => model('f32', { head: new Affine(4, 8) }), 'got outputs 8'],
    [
      'decoder',
      () => model('f32', { decoder: new Affine(2, 2) }),
      "decoder must map from the field's width 3, got inputs 2",
    ],
    [
      'likelihood of other features',
      () => model('f32', { likelihood: gaussian(3, 1) }),
      'likelihood must map from 2 numbers to 1, got 3 to 1',
    ],
    ['no likelihood', () => model('f32', { likelihood: new Affine(2, 1) }), 'likelihood must be of the 2 features'],
    ['no cell', () => model('f32', { recognition: new MLP([4, 4]) }), 'the field must be a cell'],
    [
      'precisions',
      () => new LatentObjective(model('f32', { decoder: new Affine(3, 2, { dtype: 'f64' }) })),
      'all blocks must have one dtype',
    ],
    ['solver', () => model('f32', { steps: 0 }), 'steps must be an integer from 1'],
    ['sigma', () => gaussian(2, 0), 'sigma must be a finite number > 0, got 0'],
    ['observations', () => f32.posterior([1, 2]), 'x must hold rows of 10 numbers, got 2'],
    ['z', () => f32.decode([1, 2], [1]), 'z must hold rows of 3 numbers, got 2'],
    [
      'times before the first',
      () => f32.decode([1, 2, 3], [0.1, 1]),
      'times must not begin before the latent state is known, at 0.2, got 0.1',
    ],
    ['epochs', () => [...fitLatent(f32, new Float32Array(10), { epochs: 0 })], 'epochs must be an integer from 1'],
    ['another kind', () => NeuralODE.from(f32.save()), 'the file holds a model of kind "latent-ode"'],
  ])('%s', (_, call, message) => expect(call).toThrow(message))

  test('a file whose times go back', () => {
    const text = new TextDecoder('latin1').decode(f32.save())
    const broken = text.replace('\\"t\\":[0.2,0.5', '\\"t\\":[0.2,0.1')
    expect(broken).not.toBe(text)
    expect(() => LatentODE.from(Uint8Array.from(broken, (c) => c.charCodeAt(0)))).toThrow(FormatError)
  })
})
