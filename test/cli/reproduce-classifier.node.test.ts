import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { classifier } from '../../src/cli/reproduce/classifier.ts'
import { readImages } from '../../src/cli/reproduce/classifier-data.ts'
import { atTolerance, KINDS, makeClassifier } from '../../src/cli/reproduce/classifier-models.ts'
import { PAPER, reportOf } from '../../src/cli/reproduce/classifier-report.ts'
import { evaluations } from '../../src/cli/reproduce/classifier-sweep.ts'
import { nameOf, type Plan, type TrainResult, trainTask } from '../../src/cli/reproduce/classifier-train.ts'
import type { NeuralODE } from '../../src/models/neural-ode.ts'
import { parseXml } from '../plot/xml.ts'
import { Folder } from './run.ts'

const folder = new Folder()
afterAll(() => folder.remove())

/** The bytes of an idx file. */
function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  header.setUint32(0, 0x0800 + shape.length)
  for (const [i, size] of shape.entries()) header.setUint32(4 + 4 * i, size)
  return Uint8Array.from([...new Uint8Array(header.buffer), ...data])
}

/** A folder as MNIST comes: images of 2 x 3 pixels, that of row i all i, and label i mod 10. */
function mnist(name: string, rows = 20, change: (file: string, bytes: Uint8Array) => Uint8Array = (_, b) => b): string {
  mkdirSync(join(folder.path, name), { recursive: true })
  for (const prefix of ['train', 't10k']) {
    const images = idx(
      [rows, 2, 3],
      Uint8Array.from({ length: 6 * rows }, (_, i) => Math.floor(i / 6)),
    )
    const labels = idx(
      [rows],
      Uint8Array.from({ length: rows }, (_, i) => i % 10),
    )
    for (const [file, bytes] of [
      [`${prefix}-images-idx3-ubyte`, images],
      [`${prefix}-labels-idx1-ubyte`, labels],
    ] as const)
      folder.writeBytes(join(name, file), change(file, bytes))
  }
  return join(folder.path, name)
}

describe('the images', () => {
  test('the digits of examples/, every fourth for the test', () => {
    const { pixels, train, test: held } = readImages(undefined)
    expect(pixels).toBe(64)
    expect([train.labels.length, held.labels.length]).toEqual([1348, 449])
    expect(train.x).toHaveLength(64 * 1348)
    // The file begins with the digits in order: 0, 1, 2 train, 3 tests.
    expect([...train.labels.subarray(0, 3), held.labels[0]]).toEqual([0, 1, 2, 3])
    expect([...train.x.subarray(0, 6)]).toEqual([0, 0, 5 / 16, 13 / 16, 9 / 16, 1 / 16])
    expect(Math.max(...train.x)).toBe(1)
  })

  test('a folder with the files of MNIST, packed or not', () => {
    const plain = readImages(mnist('plain'))
    expect([plain.pixels, plain.train.labels.length, plain.test.labels.length]).toEqual([6, 20, 20])
    expect(plain.train.x[6 * 19]).toBe(Math.fround(19 / 255))
    const path = mnist('packed')
    for (const file of ['train-images-idx3-ubyte', 't10k-labels-idx1-ubyte']) {
      folder.writeBytes(join('packed', `${file}.gz`), gzipSync(folder.read(join('packed', file))))
      folder.removeFile(join('packed', file))
    }
    expect(readImages(path).hash).toBe(plain.hash)
    expect(classifier.identify?.(path)).toBe(plain.hash)
  })

  const header = `${Array.from({ length: 64 }, (_, i) => `p${i}`).join()},digit`
  const table = (cell: string, rows = 40): string =>
    `${header}\n${Array.from({ length: rows }, (_, i) => `${i === 3 ? cell : 1}${',2'.repeat(63)},7`).join('\n')}`
  test.each<[string, string, string]>([
    ['a pixel beyond 16', table('17'), "bad.csv:5: column 'p0' must hold integers from 0 to 16, got 17"],
    ['half a pixel', table('1.5'), "column 'p0' must hold integers from 0 to 16, got 1.5"],
    ['no number', table('x'), "column 'p0' holds 'x', expected a number"],
    ['another table', 'a,b\n1,2', "no column 'p0'"],
    ['too few', table('1', 39), 'at least 40 images are needed, there are 39'],
  ])('a table with %s is refused', (_, text, message) => {
    folder.write('bad.csv', text)
    expect(() => readImages(join(folder.path, 'bad.csv'))).toThrow(message)
  })

  test.each<[string, (file: string, bytes: Uint8Array) => Uint8Array, string]>([
    ['cut', (f, b) => (f.startsWith('t10k-i') ? b.subarray(0, 100) : b), 't10k-images-idx3-ubyte: 20 x 2 x 3 elements'],
    [
      'strange',
      (f, b) => (f.startsWith('train-l') ? b.map((v, i) => (i === 9 ? 10 : v)) : b),
      'label 1 must be from 0 to 9, got 10',
    ],
    [
      'short',
      (f, b) => (f.startsWith('train-l') ? idx([3], b.subarray(8, 11)) : b),
      'must hold 20 labels, one for each image, got 3',
    ],
    [
      'flat',
      (f, b) => (f.startsWith('train-i') ? idx([120], b.subarray(16)) : b),
      'must hold at least 10 images, rows and columns, got 120',
    ],
    ['few', (f, b) => (f.startsWith('train-i') ? idx([2, 2, 3], b.subarray(16, 28)) : b), 'got 2 x 2 x 3'],
    [
      'other',
      (f, b) => (f.startsWith('t10k-i') ? idx([20, 3, 1], b.subarray(16, 76)) : b),
      'images for training have 6 pixels, those for the test 3',
    ],
  ])('a folder whose files are %s is refused', (name, change, message) => {
    expect(() => readImages(mnist(`bad-${name}`, 20, change))).toThrow(message)
  })

  test('what is not there, and what is packed badly, is named', () => {
    mkdirSync(join(folder.path, 'empty'))
    expect(() => readImages(join(folder.path, 'empty'))).toThrow('train-images-idx3-ubyte.gz')
    folder.writeBytes(join('empty', 'train-images-idx3-ubyte.gz'), Uint8Array.of(1, 2, 3))
    expect(() => readImages(join(folder.path, 'empty'))).toThrow('cannot read')
  })
})

const images = readImages(undefined)
const plan = (kind: Plan['kind'], more: Partial<Plan> = {}): Plan => ({
  ...{ kind, seed: 0, pixels: 64, width: 12, hidden: 10, epochs: 4, batch: 64, lr: 5e-3, tolerances: [1e-1, 1e-4] },
  ...more,
})

/** Runs a task to its end; `pause`: stops after so many steps and begins again from the checkpoint. */
function run(of: Plan, pause = Number.POSITIVE_INFINITY): { result: TrainResult; steps: number } {
  let training = trainTask(of, () => images).run(undefined)
  for (let steps = 1; ; steps++) {
    const step = training.next()
    if (step.done) return { result: step.value as TrainResult, steps }
    if (steps !== pause) continue
    const bytes = step.value.checkpoint()
    training.return(undefined)
    training = trainTask(of, () => images).run(bytes)
  }
}

const timeless = ({ tolerances, ...rest }: TrainResult): object => ({
  ...rest,
  tolerances: tolerances.map(({ seconds, ...at }) => ({ ...at, taken: seconds !== null && seconds > 0 })),
})

describe('a task', () => {
  test.each(['mlp', 'resnet', 'euler'] as const)('%s learns, and is the same after a pause', (kind) => {
    const { result, steps } = run(plan(kind))
    expect(steps).toBe(5)
    expect(result.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4])
    expect(result.epochs[3]?.error).toBeLessThan(0.4)
    expect(result.epochs[3]?.loss).toBeLessThan(0.7 * (result.epochs[0]?.loss ?? 0))
    expect(result.exact).toBeUndefined()
    for (const pause of [1, 4]) expect(run(plan(kind), pause).result).toEqual(result)
  })

  test('a neural ODE is measured at other tolerances, and is the same after a pause anywhere', () => {
    const { result, steps } = run(plan('softplus'))
    const [loose, tight] = result.tolerances
    expect(tight?.distance).toBeLessThan((loose?.distance ?? 0) / 30)
    expect(tight?.forward).toBeGreaterThan(loose?.forward ?? Infinity)
    expect(tight?.backward).toBeGreaterThan(loose?.backward ?? Infinity)
    expect(result.epochs.every(({ forward = 0, backward = 0 }) => forward >= 14 && backward >= 9)).toBe(true)
    for (const pause of [2, 5, 6, steps - 1]) {
      expect(timeless(run(plan('softplus'), pause).result)).toEqual(timeless(result))
    }
  })

  test('the counts are those of a solve of the adjoint equation, whatever the network is trained by', () => {
    const [exact, back] = (['ode', 'backsolve'] as const).map((kind) => run(plan(kind, { epochs: 1 })).result)
    expect(exact?.epochs[0]?.forward).toBe(back?.epochs[0]?.forward)
    expect(exact?.epochs[0]?.loss).not.toBe(back?.epochs[0]?.loss)
    const model = makeClassifier('ode', plan('ode')) as NeuralODE
    const batch = { x: images.train.x.subarray(0, 64 * 8), labels: images.train.labels.subarray(0, 8) }
    const { forward, backward } = evaluations(atTolerance(model, 1e-6), batch)
    const { backward: sweep } = evaluations(atTolerance(model, 1e-6, false), batch)
    // dopri5: first step and six a step; the adjoint equation also two rates of the ends.
    expect((forward - 2) % 6).toBe(0)
    expect((backward - 4) % 6).toBe(0)
    expect(sweep).not.toBe(backward)
  })

  test('pieces of an epoch are other rows in another order', () => {
    const many = { ...images, train: doubled(images.train) }
    const training = trainTask(plan('mlp', { epochs: 2 }), () => many).run(undefined)
    const losses: string[] = []
    let step = training.next()
    for (; !step.done; step = training.next()) losses.push(step.value.note)
    expect(new Set(losses).size).toBe(4)
    expect((step.value as TrainResult).epochs).toHaveLength(2)
  })
})

function doubled({ x, labels }: typeof images.train): typeof images.train {
  return { x: Float32Array.from([...x, ...x]), labels: Uint8Array.from([...labels, ...labels]) }
}

describe('the report', () => {
  const canned = (kind: Plan['kind'], seed: number): TrainResult => {
    const ode = { forward: 20, backward: 12 }
    const solved = ['ode', 'backsolve', 'softplus'].includes(kind)
    const at = { tolerance: 1e-3, error: 0.02, distance: 1e-4, ...ode, seconds: 0.5 }
    return {
      ...{ kind, seed, parameters: 1000, trainError: 0 },
      ...(solved ? { exact: 19 } : {}),
      epochs: [1, 2].map((epoch) => ({
        epoch,
        loss: 1 / epoch,
        error: (0.02 * (seed + 1)) / epoch,
        ...(solved ? ode : {}),
      })),
      tolerances: solved && seed === 0 ? [at, { ...at, tolerance: 1e-5, forward: 50, seconds: 1 }] : [],
    }
  }
  const results = [0, 1, 2].flatMap((seed) => KINDS.map((kind) => canned(kind, seed)))
  const { text, numbers, figures } = reportOf(results, images)

  test('has every network beside the value of the paper', () => {
    expect(text).toMatch(/^MLP, one hidden layer .* 1000 {2}2\.00 {2}1\.00 to 3\.00 .* 1-layer MLP 1\.60$/m)
    expect(text).toMatch(/^ODE, adjoint equation .* ODE-Net 0\.42$/m)
    expect(text).toMatch(/^ODE, exact gradient .* 20\.0 .* 12\.0 .* 0\.60 .* 19\.0$/m)
    const { networks } = numbers as { networks: { kind: string; paper: number; testError: object }[] }
    expect(networks[0]).toMatchObject({ kind: 'mlp', paper: PAPER.mlp?.error, seeds: 3 })
    expect(networks.map(({ kind }) => kind)).toEqual([...KINDS])
  })

  test('draws two figures', () => {
    expect(Object.keys(figures)).toEqual(['ode-classifier.svg', 'ode-classifier-training.svg'])
    for (const svg of Object.values(figures)) {
      expect(parseXml(svg).name).toBe('svg')
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    }
  })

  test('is drawn from one seed and from no errors at all', () => {
    const perfect = KINDS.map((kind) => {
      const one = canned(kind, 0)
      return { ...one, epochs: one.epochs.map((epoch) => ({ ...epoch, error: 0 })) }
    })
    for (const svg of Object.values(reportOf(perfect, images).figures))
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })
})

test('the tasks: all networks, quick with one seed', () => {
  expect(classifier.tasks(true).map(({ name }) => name)).toEqual(KINDS.map((kind) => nameOf({ kind, seed: 0 })))
  expect(classifier.tasks(false)).toHaveLength(5 * KINDS.length)
  expect(classifier.tasks(false, mnist('tasks'))).toHaveLength(5 * KINDS.length)
})

test('the command runs on idx files, and writes numbers and figures', () => {
  const { code, stdout, stderr } = folder.run(
    'reproduce',
    'ode-classifier',
    '--quick',
    '--json',
    '--data',
    mnist('command'),
    '--out',
    'out',
  )
  expect(stderr).not.toMatch(/relode:/)
  expect(code).toBe(0)
  const { numbers, files } = JSON.parse(stdout) as { numbers: { data: { name: string } }; files: string[] }
  expect(numbers.data.name).toBe('command')
  expect(files).toEqual(
    ['numbers.json', 'ode-classifier.svg', 'ode-classifier-training.svg'].map((file) => join('out', file)),
  )
  for (const file of files) expect(folder.read(file).length).toBeGreaterThan(1000)
})
