import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Folder, LYNX_HARE, oscillation } from './run.ts'

const folder = new Folder()
const columns = ['--time', 'year', '--state', 'hare,lynx', '--out', 'out']
const fit = (file: string, ...options: string[]): string[] => ['fit', file, ...columns, ...options]

beforeAll(() => {
  const options = ['--time', 't', '--state', 'x,y', '--hidden', '4', '--epochs', '2', '--out', 'model']
  expect(folder.run('fit', folder.write('data.csv', oscillation(6)), ...options).code).toBe(0)
})
afterAll(() => folder.remove())

/** The one line on stderr, without `relode: `. Nothing is printed on stdout, and nothing is written. */
function complaint(...args: string[]): string {
  const { code, stdout, stderr } = folder.run(...args)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(existsSync(join(folder.path, 'out'))).toBe(false)
  expect(stderr).toMatch(/^relode: [^\n]*\n$/)
  return stderr.slice('relode: '.length, -1)
}

describe('data', () => {
  test.each([
    ['year,hare,lynx\n1,2,3\n2,two,3\n', "x.csv:3: column 'hare' holds 'two', expected a number"],
    ['year,hare,lynx\n1,2,3\n,4,3\n', "x.csv:3: column 'year' is empty, expected a number"],
    ['# a note\nyear,hare,lynx\n1,2,3\n', 'x.csv:3: the table has one row, at least two are needed'],
    ['year,hare,lynx\n', 'x.csv:1: no rows below the column names'],
    ['', 'x.csv: the file is empty, expected a line with column names'],
    ['year,hare,lynx\n1,2,3\n3,4,5\n2,4,5\n', 'x.csv:4: time 2 comes after 3: sort the rows by time'],
    ['year,hare,lynx\n1,2,3\n1,4,5\n', 'x.csv:3: time 1 repeats'],
    ['year,hare,lynx\n1,2,3\n2,4\n', 'x.csv:3: 2 cells in a table of 3 columns'],
    ['year,hare,fox\n1,2,3\n2,3,4\n', "x.csv: no column 'lynx', there are: year, hare, fox"],
    ['year,hare,lynx\n1,2,\n2,3,\n', "x.csv: column 'lynx' holds no values: there is nothing to fit"],
    ['year,hare,lynx\n1,2,7\n2,3,7\n', "x.csv: column 'lynx' holds the one value 7: there is nothing to fit"],
  ])('%j', (text, message) => {
    expect(complaint(...fit(folder.write('x.csv', text)))).toBe(message)
  })

  test('values that have no logarithm', () => {
    const file = folder.write('x.csv', 'year,hare,lynx\n1,2,3\n2,0,4\n3,3,-1\n')
    expect(complaint(...fit(file, '--log'))).toBe("x.csv:3: column 'hare' holds 0, --log needs numbers > 0")
    expect(complaint(...fit(file, '--log', 'lynx'))).toBe("x.csv:4: column 'lynx' holds -1, --log needs numbers > 0")
    const baseline = "x.csv:3: column 'hare' holds 0, --baseline lotka-volterra needs numbers > 0"
    expect(complaint(...fit(file, '--baseline', 'lotka-volterra'))).toBe(baseline)
  })

  test('files', () => {
    expect(complaint(...fit('no.csv'))).toBe('cannot read no.csv: there is no such file')
    expect(complaint(...fit('.'))).toBe('cannot read .: it is a folder')
    expect(complaint(...fit('model/model.safetensors'))).toBe(
      'cannot read model/model.safetensors: it is not UTF-8 text',
    )
  })
})

describe('options', () => {
  const activations = 'identity, relu, leaky_relu, elu, softplus, gelu, silu, tanh, sigmoid, sin, exp'
  test.each([
    ['--solver', 'rk5', "must be one of bosh3, dopri5, dopri8, fehlberg2, fehlberg45, heun21, tsit5, vern7, got 'rk5'"],
    ['--activation', 'rely', `must be one of ${activations}, got 'rely'`],
    ['--dtype', 'f16', "must be one of f32, f64, got 'f16'"],
    ['--scale', 'max', "must be one of standardise, none, got 'max'"],
    ['--loss', 'mean', "must be one of huber, mae, mse, got 'mean'"],
    ['--baseline', 'logistic', "must be one of lotka-volterra, got 'logistic'"],
    ['--hidden', '32,0', "must be an integer from 1 to 65536, got '0'"],
    ['--hidden', '32,', "must be an integer from 1 to 65536, got ''"],
    ['--rtol', '-1e-3', "must be a number >= 0, got '-1e-3'"],
    ['--atol', '0', "must be a number > 0, got '0'"],
    ['--epochs', '1.5', "must be an integer from 1 to 100000000, got '1.5'"],
    ['--epochs', '0', "must be an integer from 1 to 100000000, got '0'"],
    ['--lr', 'fast', "must be a number > 0, got 'fast'"],
    ['--lr', 'Infinity', "must be a number > 0, got 'Infinity'"],
    ['--seed', '-1', "must be an integer from 0 to 9007199254740991, got '-1'"],
    ['--holdout', '', "must be a number, got ''"],
    ['--checkpoint-every', '5s', "must be a number >= 0, got '5s'"],
    ['--state', 'hare,', "must be names between commas, got 'hare,'"],
    ['--log', 'hare,fox', "names 'fox', which is not in --state hare,lynx"],
  ])('%s %s', (name, value, message) => {
    expect(complaint(...fit(LYNX_HARE, name, value))).toBe(`${name} ${message}`)
  })

  test('that do not fit together, or the data', () => {
    const lynx = (...options: string[]): string => complaint(...fit(LYNX_HARE, ...options))
    expect(lynx('--holdout', '1920')).toBe('--holdout 1920 leaves nothing to forecast: the last time is 1920')
    expect(lynx('--holdout', '1900')).toBe('--holdout 1900 leaves no series with two rows to fit')
    expect(lynx('--state', 'hare,hare')).toBe("--state names 'hare' twice")
    expect(lynx('--state', 'hare,year')).toBe("--state names 'year', which is the --time column")
    expect(lynx('--series', 'hare')).toBe("--series names 'hare', which is a --time or --state column")
    const needs = '--baseline lotka-volterra needs two --state columns, got 1'
    expect(lynx('--baseline', 'lotka-volterra', '--state', 'hare')).toBe(needs)
    expect(lynx('--resume', '--force')).toBe("option '--resume' cannot be used with option '--force'")
  })

  test('that are not there', () => {
    expect(complaint(...fit(LYNX_HARE, '--hiden', '3'))).toBe("unknown option '--hiden' (Did you mean --hidden?)")
    expect(complaint('fti')).toBe("unknown command 'fti' (Did you mean fit?)")
    expect(complaint('fit', LYNX_HARE)).toBe("required option '--time <column>' not specified")
    expect(complaint('fit', ...columns)).toBe("missing required argument 'data'")
    expect(complaint(...fit(LYNX_HARE, '--lr'))).toBe("option '--lr <number>' argument missing")
    expect(complaint(...fit(LYNX_HARE, 'more'))).toBe("too many arguments for 'fit'. Expected 1 argument but got 2.")
  })

  test('a folder that cannot be written to', () => {
    const file = folder.write('file', '')
    for (const out of ['file', 'file/below']) {
      const message = `cannot write to folder ${out}: a part of the path is a file, not a folder`
      expect(complaint(...fit(LYNX_HARE, '--out', out))).toBe(message)
    }
    expect(folder.read(file).length).toBe(0)
  })
})

describe('models', () => {
  const predict = (...options: string[]): string =>
    complaint('predict', 'model', '--from', '0', '--to', '1', '--step', '1', ...options)

  test('a file that is none', () => {
    const refuses = (file: string): string => complaint('info', file)
    expect(refuses('none')).toBe('cannot read none: there is no such file')
    mkdirSync(join(folder.path, 'empty'), { recursive: true })
    expect(refuses('empty')).toBe('cannot read empty/model.safetensors: there is no such file')
    expect(refuses('data.csv')).toBe('data.csv is not a model that can be read: it is no safetensors file')
    expect(refuses(folder.write('short', 'x'))).toBe('short is not a model that can be read: it is no safetensors file')
  })

  test('a damaged file: one line for every byte that was cut or changed', () => {
    const bytes = folder.read('model/model.safetensors')
    const header = 8 + Number(bytes.readBigUInt64LE(0))
    const damaged = [7, 9, 200, header - 9, header + 3].map((length) => bytes.subarray(0, length))
    for (const at of [0, 8, 20, header >> 1]) {
      const changed = Buffer.from(bytes)
      changed[at] = 0x21
      damaged.push(changed)
    }
    for (const [i, content] of damaged.entries()) {
      const name = `damaged-${i}`
      expect(complaint('info', folder.writeBytes(name, content))).toMatch(
        new RegExp(`^${name} is not a model that can be read: `),
      )
    }
  })

  test('a description of the record that is damaged', () => {
    const text = folder.read('model/model.safetensors').toString('latin1')
    const change = (from: string, to: string): string => {
      expect(text).toContain(from)
      return complaint(
        'info',
        folder.writeBytes('changed', Buffer.from(text.replace(from, to.padEnd(from.length)), 'latin1')),
      )
    }
    const refused = 'changed is not a model that can be read: '
    expect(change('\\"unit\\":0.5', '\\"unit\\":0')).toBe(
      `${refused}"unit" in the description of the record is damaged`,
    )
    expect(change('\\"format\\":1', '\\"format\\":2')).toBe(
      `${refused}the description of the record has format 2, expected 1`,
    )
    expect(change('\\"time\\":\\"t\\"', '\\"time\\":7')).toBe(
      `${refused}"time" in the description of the record is damaged`,
    )
    expect(change('{\\"format', '\\"format')).toBe(`${refused}the metadata entry "relode-series" is not JSON`)
  })

  test('times and values that make no sense', () => {
    expect(predict('--to', '-1')).toBe('--to must not be before --from 0, got -1')
    expect(predict('--step', '0')).toBe("--step must be a number > 0, got '0'")
    expect(predict('--step', '-1')).toBe("--step must be a number > 0, got '-1'")
    expect(predict('--from', 'soon')).toBe("--from must be a number, got 'soon'")
    expect(predict('--to', '1e9')).toBe(
      '--step 1 gives 1000000001 times from 0 to 1000000000, at most 1000000 are possible',
    )
    expect(predict('--initial', '1')).toBe('--initial must hold 2 values (x,y), got 1')
    expect(predict('--initial', '1,a')).toBe("--initial must be a number, got 'a'")
    expect(predict('--series', 'a')).toBe('--series: the model knows one series without a name, leave the option out')
    expect(predict('--out', 'data.csv/x')).toBe('cannot write data.csv/x: a part of the path is a file, not a folder')
  })
})

test('a training that fails ends with 2, says where, and leaves no checkpoint', () => {
  const { code, stderr } = folder.run(...fit(LYNX_HARE, '--lr', '1e9', '--epochs', '50', '--out', 'failed'))
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^relode: network: training failed in epoch 2 \(non-finite \w+\): try a lower --lr, [^\n]*\n$/m,
  )
  expect(existsSync(join(folder.path, 'failed/checkpoint.safetensors'))).toBe(false)
})
