// The runner of experiments: threads, an end on a signal, and what it says to bad input. The experiments have tests of their own.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Folder } from './run.ts'

const folder = new Folder()
afterAll(() => folder.remove())

const unfinished = (out: string): string => join(folder.path, out, 'unfinished')
const left = (out: string): string[] => (existsSync(unfinished(out)) ? readdirSync(unfinished(out)) : [])

describe('an interrupted run', () => {
  const args = ['reproduce', 'resnet', '--quick', '--jobs', '2', '--out', 'run']

  test('leaves the results of what is done and checkpoints of the rest, and says how to go on', async () => {
    const done = () => left('run').some((name) => name.endsWith('.json') && name !== 'run.json')
    const { code, stdout, stderr } = await folder.interrupt(args, 'SIGINT', done)
    expect(code).toBe(130)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/relode: interrupted, a checkpoint is written: .* --resume to go on\n$/)
    expect(left('run')).toContain('run.json')
    expect(left('run').some((name) => name.endsWith('.safetensors'))).toBe(true)
    expect(left('run').filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('is not overwritten, and not taken for another', () => {
    const again = folder.run(...args)
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/unfinished is of an unfinished run: --resume goes on from it, --force starts over\n$/)
    const whole = folder.run('reproduce', 'resnet', '--resume', '--out', 'run')
    expect(whole.code).toBe(1)
    expect(whole.stderr).toMatch(/cannot resume: .*"quick":true.* --force starts over\n$/)
  })

  test('goes on where it was: what is done is not done again', async () => {
    const results = () => left('run').filter((name) => name.endsWith('.json') && name !== 'run.json')
    const before = results()
    const known = join(unfinished('run'), before[0] as string)
    const text = readFileSync(known, 'utf8')
    const { code } = await folder.interrupt([...args, '--resume'], 'SIGTERM', () => results().length > before.length)
    expect(code).toBe(143)
    expect(readFileSync(known, 'utf8')).toBe(text)
  })

  test('with a damaged result is refused by its name', () => {
    const [name] = left('run').filter((file) => file.endsWith('.json') && file !== 'run.json')
    writeFileSync(join(unfinished('run'), name as string), '{"result":')
    const { code, stderr } = folder.run(...args, '--resume')
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`${name} is damaged: remove it, or --force starts over\n$`))
  })
})

describe('misuse', () => {
  test.each([
    [
      ['everything'],
      /<experiment> must be one of cnf, compose, latent-ode, liquid, ode-classifier, resnet, got 'everything'/,
    ],
    [[], /missing required argument 'experiment'/],
    [['resnet', '--jobs', '0'], /--jobs must be an integer from 1 to 256, got '0'/],
    [['resnet', '--data', 'digits.csv'], /resnet has its own data: leave --data out/],
    [['ode-classifier', '--data', 'nowhere'], /cannot read .*nowhere: there is no such file/],
    [['resnet', '--resume', '--force'], /'--resume' cannot be used with option '--force'/],
  ])('%j', (args, message) => {
    const { code, stdout, stderr } = folder.run('reproduce', ...args)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
  })

  test('a folder that cannot be made is named before anything is computed', () => {
    folder.write('file', '')
    const { code, stderr } = folder.run('reproduce', 'resnet', '--quick', '--out', 'file/out')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^relode: cannot write to folder file\/out: /)
  })
})
