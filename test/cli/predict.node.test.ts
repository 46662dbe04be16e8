import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MLP, NeuralODE } from '../../src/index.ts'
import { numberColumn, parseTable } from '../../src/io/csv.ts'
import { Folder, LYNX_HARE, oscillation } from './run.ts'

const folder = new Folder()
beforeAll(() => {
  const small = ['--epochs', '20', '--hidden', '8', '--activation', 'tanh', '--rtol', '1e-8', '--atol', '1e-8']
  expect(
    folder.run('fit', LYNX_HARE, '--time', 'year', '--state', 'hare,lynx', '--log', '--out', 'lynx', ...small).code,
  ).toBe(0)
  const rows = oscillation(5).trim().split('\n')
  const many = rows.flatMap((row, i) => (i === 0 ? [`id,${row}`] : [`a,${row}`, `"b, c",${row}`]))
  const options = ['--time', 't', '--state', 'x,y', '--series', 'id', '--out', 'many', ...small]
  expect(folder.run('fit', folder.write('many.csv', many.join('\n')), ...options).code).toBe(0)
})
afterAll(() => folder.remove())

function predict(model: string, from: number, to: number, step: number, ...options: string[]): string {
  const range = ['--from', String(from), '--to', String(to), '--step', String(step)]
  const { code, stdout, stderr } = folder.run('predict', model, ...range, ...options)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

const column = (text: string, name: string): Float64Array => numberColumn(parseTable(text, 'stdout'), name)

describe('predict', () => {
  test('on the record, it is the fitted trajectory', () => {
    const text = predict('lynx/model.safetensors', 1900, 1920, 0.05)
    const fitted = folder.read('lynx/trajectory.csv').toString()
    expect(text.split('\n')[0]).toBe('year,hare,lynx')
    for (const name of ['year', 'hare', 'lynx']) {
      const [found, wanted] = [column(text, name), column(fitted, name)]
      expect(found.length).toBe(401)
      for (const [i, value] of found.entries()) expect(value).toBeCloseTo(wanted[i] as number, 8)
    }
  })

  test('backwards from the first time, and forth again from there', () => {
    const [year, hare, lynx] = ['year', 'hare', 'lynx'].map((name) => column(predict('lynx', 1897, 1901, 1), name)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    expect([...year]).toEqual([1897, 1898, 1899, 1900, 1901])
    const again = predict('lynx', 1897, 1901, 1, '--initial', `${hare[0]},${lynx[0]}`)
    for (const [i, value] of column(again, 'hare').entries()) expect(value / (hare[i] as number)).toBeCloseTo(1, 6)
    expect(column(again, 'lynx')[0]).toBeCloseTo(lynx[0] as number, 10)
  })

  test('the last time belongs to the grid if a whole number of steps leads there', () => {
    expect([...column(predict('lynx', 1900, 1900.3, 0.1), 'year')]).toEqual([1900, 1900.1, 1900.2, 1900.3])
    expect([...column(predict('lynx', 1900, 1901, 0.4), 'year')]).toEqual([1900, 1900.4, 1900.8])
    expect([...column(predict('lynx', 1900, 1900, 5), 'year')]).toEqual([1900])
  })

  test('of several series, all or one', () => {
    const lines = predict('many', 0, 1, 1).trim().split('\n')
    expect(lines.map((line) => line.replace(/,[^,]*,[^,]*$/, ''))).toEqual([
      'id,t',
      'a,0',
      'a,1',
      '"b, c",0',
      '"b, c",1',
    ])
    expect(predict('many', 0, 1, 1, '--series', 'b, c').trim().split('\n')).toEqual([lines[0], ...lines.slice(3)])
    expect(predict('many', 0, 1, 1, '--initial', '1,0').trim().split('\n')[0]).toBe('t,x,y')
    const { code, stderr } = folder.run('predict', 'many', '--from', '0', '--to', '1', '--step', '1', '--series', 'c')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "relode: --series 'c' is not in the model, there are: a, b, c\n",
    })
  })

  test('as JSON, and into a file', () => {
    const plain = predict('lynx', 1900, 1902, 1)
    const { series } = JSON.parse(predict('lynx', 1900, 1902, 1, '--json')) as { series: Record<string, number[]>[] }
    expect(series).toEqual([
      { year: [1900, 1901, 1902], hare: [...column(plain, 'hare')], lynx: [...column(plain, 'lynx')] },
    ])
    expect(predict('lynx', 1900, 1902, 1, '--out', 'file.csv')).toBe('')
    expect(folder.read('file.csv').toString()).toBe(plain)
    expect(JSON.parse(predict('many', 0, 0, 1, '--json')).series.map(({ id }: { id: string }) => id)).toEqual([
      'a',
      'b, c',
    ])
  })

  test('where the trajectory blows up, it ends with 2 and says where', () => {
    using field = new MLP([1, 8, 1], { activation: 'exp', dtype: 'f64', seed: 1 })
    field.parameters = field.parameters.map(() => 1)
    const record = {
      format: 1,
      ...{ time: 't', unit: 1, source: 'x.csv', missing: 0, training: { loss: 1, nfe: 1 } },
      columns: [{ name: 'x', log: false, mean: 0, sd: 1 }],
      series: [{ id: '', origin: 0, end: 1, rows: 2, initial: [1] }],
      settings: { state: ['x'], log: [], series: null },
      errors: { fit: { columns: { x: 1 }, all: 1 } },
    }
    const bytes = new NeuralODE(field).save(new Map([['relode-series', JSON.stringify(record)]]))
    const file = folder.writeBytes('exp.safetensors', bytes)
    const { code, stdout, stderr } = folder.run('predict', file, '--from', '0', '--to', '9', '--step', '1')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^relode: the trajectory cannot be solved beyond t 0\.\d+ \([\w -]+\)\n$/)
  })

  test('a reader that closes the pipe is no error', () => {
    const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
    const line = `"${process.execPath}" "${cli}" predict lynx --from 1900 --to 2000 --step 0.001 | head -n 1`
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: folder.path, encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: 'year,hare,lynx\n', stderr: '' })
  })
})

describe('info', () => {
  test('of a fitted model', () => {
    const { code, stdout } = folder.run('info', 'lynx')
    expect(code).toBe(0)
    expect(stdout.split('\n').slice(0, 5)).toEqual([
      join('lynx', 'model.safetensors'),
      '  kind      neural ODE, f64, 42 parameters',
      '  layers    2 -> 8 tanh, 8 -> 2 identity',
      '  solver    tsit5, rtol 1e-8, atol 1e-8',
      '  time      year, unit 1',
    ])
    expect(stdout).toMatch(/\n {2}record {4}lynx-hare.csv: 1 series, 21 rows, year 1900 to 1920, 0 missing values\n/)
    expect(stdout).toMatch(/\n {2}RMSE {6}hare \d\.\d+, lynx \d\.\d+, all \d\.\d+ \(log units\)\n$/)
    const document = JSON.parse(folder.run('info', 'lynx', '--json').stdout)
    expect(document).toMatchObject({
      kind: 'neural-ode',
      dtype: 'f64',
      parameters: 42,
      record: { time: 'year', source: 'lynx-hare.csv' },
    })
  })

  test('of a model that the library made', () => {
    using field = new MLP([3, 5, 3], { seed: 0 })
    const file = folder.writeBytes('plain.safetensors', new NeuralODE(field, { steps: 10 }).save())
    expect(folder.run('info', file).stdout).toBe(
      `${file}\n  kind    neural ODE, f32, 38 parameters\n  layers  3 -> 5 relu, 5 -> 3 identity\n  solver  dopri5, steps 10\n`,
    )
    const { code, stderr } = folder.run('predict', file, '--from', '0', '--to', '1', '--step', '1')
    expect(code).toBe(1)
    const why = 'was not made by `relode fit`: it does not say what its states mean'
    expect(stderr).toBe(`relode: ${file} ${why}\n`)
  })
})
