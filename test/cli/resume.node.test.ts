import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decode } from '../../src/io/safetensors.ts'
import { type Ended, Folder, LYNX_HARE, OUTPUTS } from './run.ts'

const folder = new Folder()
const fit = (out: string, ...options: string[]): string[] => [
  ...['fit', LYNX_HARE, '--time', 'year', '--state', 'hare,lynx', '--log', '--hidden', '16', '--epochs', '300'],
  ...['--holdout', '1915', '--baseline', 'lotka-volterra', '--out', out],
  ...options,
]

beforeAll(() => {
  expect(folder.run(...fit('whole')).code).toBe(0)
  expect(readdirSync(join(folder.path, 'whole')).sort()).toEqual([...OUTPUTS].sort())
})
afterAll(() => folder.remove())

function expectTheSame(out: string): void {
  for (const name of OUTPUTS) expect(folder.read(join(out, name)).equals(folder.read(join('whole', name)))).toBe(true)
  expect(readdirSync(join(folder.path, out)).sort()).toEqual([...OUTPUTS].sort())
}

/** A fit that goes on if it can, and is ended by a signal at its `count`-th checkpoint; it writes one every epoch. */
function endEarly(out: string, signal: NodeJS.Signals, count: number, when: 'before' | 'after' = 'after'): Ended {
  const args = fit(out, '--resume', '--checkpoint-every', '0')
  return folder.endAt(args, [signal, 'checkpoint.safetensors', count, when])
}

/** Tasks that are done according to a checkpoint, and whether it is from the middle of one. */
function stateOf(out: string): readonly [done: number, begun: boolean] {
  const { tensors } = decode(folder.read(join(out, 'checkpoint.safetensors')))
  const names = [...tensors.keys()]
  return [names.filter((name) => /^\d+\.history$/.test(name)).length, names.some((name) => name.startsWith('current.'))]
}

describe('an interrupted fit goes on to the same bytes', () => {
  test('kill -9, again and again, in whatever task it is', () => {
    // 'before': while the checkpoint is written, and the one before it stays. The first task ends at the 300th of all.
    const ends = [
      [1, 'after', [0, true]],
      [40, 'before', [0, true]],
      [120, 'after', [0, true]],
      [140, 'after', [1, false]],
      [100, 'before', [1, true]],
      [1, 'before', [1, true]],
    ] as const
    for (const [count, when, state] of ends) {
      expect(endEarly('killed', 'SIGKILL', count, when).code).toBe(null)
      expect(stateOf('killed')).toEqual(state)
    }
    expect(folder.run(...fit('killed', '--resume')).code).toBe(0)
    expectTheSame('killed')
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s writes a checkpoint, says how to go on, and ends with %i', (signal, code) => {
    const ended = endEarly(signal, signal, 3)
    expect(ended.code).toBe(code)
    expect(ended.stdout).toBe('')
    const line = 'relode: interrupted, a checkpoint is written: run the same command with --resume to go on\n'
    expect(ended.stderr.endsWith(line)).toBe(true)
    expect(folder.run(...fit(signal, '--resume')).code).toBe(0)
    expectTheSame(signal)
  })

  test('--resume without a checkpoint starts at the beginning, and says so', () => {
    const { code, stderr } = folder.run(...fit('none', '--resume'))
    expect(code).toBe(0)
    expect(stderr).toMatch(/^relode: there is no none\/checkpoint.safetensors, the fit starts at the beginning\n/)
    expectTheSame('none')
  })
})

describe('a checkpoint', () => {
  const file = 'stopped/checkpoint.safetensors'
  const refused = (...options: string[]): string => {
    const { code, stderr } = folder.run(...fit('stopped', ...options))
    expect(code).toBe(1)
    return stderr
  }
  // One from the middle of a task: between two there is nothing of a training in it.
  beforeAll(() => {
    endEarly('stopped', 'SIGKILL', 10)
    expect(stateOf('stopped')).toEqual([0, true])
  })

  test('is not overwritten without being asked', () => {
    expect(refused()).toBe(`relode: ${file} is of an unfinished fit: --resume goes on from it, --force starts over\n`)
  })

  test.each([
    [['--lr', '0.01'], '--lr 0.005, this run has --lr 0.01'],
    [['--log', 'lynx'], '--log hare,lynx, this run has --log lynx'],
    [['--hidden', '16,16'], '--hidden 16, this run has --hidden 16,16'],
    [['--holdout', '1914'], '--holdout 1915, this run has --holdout 1914'],
    [['--solver', 'dopri5'], '--solver tsit5, this run has --solver dopri5'],
  ])('of other settings is refused: %j', (options, difference) => {
    const message = `cannot resume: the checkpoint was made with ${difference}: pass the same, or --force to start over`
    expect(refused('--resume', ...options)).toBe(`relode: ${message}\n`)
  })

  test('of other data is refused', () => {
    const data = folder.write('data.csv', folder.read(LYNX_HARE).toString().replace('1903,77.4', '1903,77.5'))
    const { code, stderr } = folder.run('fit', data, ...fit('stopped', '--resume').slice(2))
    expect(code).toBe(1)
    const message = 'the data is not what the checkpoint was made with: pass the same, or --force to start over'
    expect(stderr).toBe(`relode: cannot resume: ${message}\n`)
  })

  test('that is damaged is refused in one line, --force starts over', () => {
    const bytes = folder.read(file)
    const broken = [Buffer.alloc(0), bytes.subarray(0, 100), bytes.subarray(0, bytes.length - 8), Buffer.from('{}')]
    const changed = (from: string, to: string): Buffer =>
      Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')
    const others = [
      changed('\\"phase\\":', '\\"PHASE\\":'),
      changed('current.parameters', 'current.Parameters'),
      changed('format\\":1', 'format\\":9'),
    ]
    for (const content of [...broken, ...others]) {
      folder.writeBytes(file, content)
      expect(content.equals(bytes)).toBe(false)
      expect(refused('--resume')).toMatch(/^relode: stopped\/checkpoint.safetensors: [^\n]*: --force starts over\n$/)
    }
    expect(folder.run(...fit('stopped', '--force')).code).toBe(0)
    expectTheSame('stopped')
  })
})
