import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTable, numberColumn, parseTable, series, TableError } from '../../src/io/csv.ts'

/** The message of the TableError that `run` must throw. */
function complaint(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(TableError)
    return (error as Error).message
  }
  return expect.unreachable('no error')
}

const table = (text: string) => parseTable(text, 'file.csv')

describe('parseTable', () => {
  test('columns by name, text of the cells, line of each row', () => {
    const { source, rows, columns, lines } = parseTable('year,hare\n1900,30.0\n1901,47.2\n', 'lynx-hare.csv')
    expect(source).toBe('lynx-hare.csv')
    expect(rows).toBe(2)
    expect([...columns]).toEqual([
      ['year', ['1900', '1901']],
      ['hare', ['30.0', '47.2']],
    ])
    expect(lines).toEqual([2, 3])
  })

  test('byte order mark, line ends, quotes, comments, blank lines and spaces', () => {
    const text =
      '\ufeff# Hudson\'s "Bay, \r\nt, "a ""b"", c"\r\n\r\n1,x\r\n# a\r\n"2\r\n3\n4",y\n5 ,\t z # no comment\n  \n\n'
    const { columns, lines } = table(text)
    expect([...columns]).toEqual([
      ['t', ['1', '2\n3\n4', '5']],
      ['a "b", c', ['x', 'y', 'z # no comment']],
    ])
    expect(lines).toEqual([4, 6, 9])
  })

  test('old Mac line ends, no line end at the end, empty cells, a column without a name', () => {
    expect(table(',b\r1,\r,2').columns).toEqual(
      new Map([
        ['', ['1', '']],
        ['b', ['', '2']],
      ]),
    )
  })

  test.each([
    ['', 'file.csv: the file is empty, expected a line with column names'],
    ['# only\n\n', 'file.csv: the file is empty, expected a line with column names'],
    ['\n\nt,x\n\n', 'file.csv:3: no rows below the column names'],
    ['t,x,t\n1,2,3', "file.csv:1: column 't' appears twice, rename one"],
    ['t,x\n1,2\n3\n', 'file.csv:3: 1 cell in a table of 2 columns'],
    ['t,x\n"1\n",2,3\n', 'file.csv:2: 3 cells in a table of 2 columns'],
    ['t\n1\n2,3\n', 'file.csv:3: 2 cells in a table of 1 column'],
    ['t,x\n1,"2\n3,4\n', 'file.csv:2: a quote from here on is not closed'],
    ['t,x\n1,2\n1,5"\n', 'file.csv:3: a quote inside a cell: quote the whole cell, and write its quotes twice'],
    ['t,x\n1,"5"a\n', 'file.csv:2: a quote inside a cell: quote the whole cell, and write its quotes twice'],
  ])('%j', (text, message) => {
    expect(complaint(() => table(text))).toBe(message)
  })

  test('names of the prototype are plain names', () => {
    expect(numberColumn(table('__proto__,toString\n1,2'), '__proto__')).toEqual(Float64Array.of(1))
  })
})

describe('numberColumn', () => {
  test('decimal numbers of every spelling', () => {
    const text = 'x\n1\n-2.5\n+.5\n3.\n1e3\n-1.5E-3\n007\n"0.1"\n'
    expect([...numberColumn(table(text), 'x')]).toEqual([1, -2.5, 0.5, 3, 1000, -0.0015, 7, 0.1])
  })

  test('missing cells are NaN where asked for, and an error otherwise', () => {
    const read = table('t,x\n1,\n2,NA\n3,nan\n4,null\n5,-\n6,-1')
    expect([...numberColumn(read, 'x', { missing: true })]).toEqual([...Array(5).fill(Number.NaN), -1])
    expect(complaint(() => numberColumn(read, 'x'))).toBe("file.csv:2: column 'x' is empty, expected a number")
  })

  test.each(['abc', '0x10', '1,5', 'Infinity', '1e999', '1 2', '--1', '1900-01-01', '٣', '1_000'])(
    '%s is no number',
    (cell) => {
      const read = parseTable(`year,lynx\n1900,4\n\n1901,"${cell}"\n`, 'lynx-hare.csv')
      const message = `lynx-hare.csv:4: column 'lynx' holds '${cell}', expected a number`
      expect(complaint(() => numberColumn(read, 'lynx', { missing: true }))).toBe(message)
    },
  )

  test('a column that is not there names those that are', () => {
    const message = "file.csv: no column 'hares', there are: year, hare, lynx"
    expect(complaint(() => numberColumn(table('year,hare,lynx\n1,2,3'), 'hares'))).toBe(message)
  })
})

describe('series', () => {
  test('one series, missing cells and missing rows', () => {
    const read = table('year,hare,lynx\n1900,30,4\n1901,,\n1902.5,70.2,NA\n')
    expect(series(read, { time: 'year', state: ['lynx', 'hare'] })).toEqual([
      {
        id: '',
        times: Float64Array.of(1900, 1901, 1902.5),
        values: Float64Array.of(4, 30, Number.NaN, Number.NaN, Number.NaN, 70.2),
        lines: [2, 3, 4],
      },
    ])
  })

  test('several series whose rows alternate', () => {
    const read = table('who,t,x\nb,0,1\na,0,2\nb,1,3\na,5,4\n')
    expect(series(read, { time: 't', state: ['x'], id: 'who' })).toEqual([
      { id: 'b', times: Float64Array.of(0, 1), values: Float64Array.of(1, 3), lines: [2, 4] },
      { id: 'a', times: Float64Array.of(0, 5), values: Float64Array.of(2, 4), lines: [3, 5] },
    ])
  })

  test.each([
    ['t,x\n9,1\n10,2\n10,3', undefined, 'file.csv:4: time 10 repeats'],
    ['t,x\n9,1\n100,2\n# c\n10,3', undefined, 'file.csv:5: time 10 comes after 100: sort the rows by time'],
    ['id,t,x\na,2,1\nb,1,1\nb,2,3\na,1,3', 'id', 'file.csv:5: time 1 comes after 2: sort the rows by time'],
    ['t,x\n1,1', undefined, 'file.csv:2: the table has one row, at least two are needed'],
    ['id,t,x\na,1,1\na,2,1\nb,1,1', 'id', "file.csv:4: series 'b' has one row, at least two are needed"],
    ['id,t,x\na,1,1\n,2,1', 'id', "file.csv:3: column 'id' is empty, expected the name of a series"],
    ['t,x\n1,1\n,2', undefined, "file.csv:3: column 't' is empty, expected a number"],
    ['t,x\n1,1\nNA,2', undefined, "file.csv:3: column 't' holds 'NA', expected a number"],
    ['t,x\n1,1\n2,2', 'who', "file.csv: no column 'who', there are: t, x"],
  ])('%j', (text, id, message) => {
    const names = id === undefined ? { time: 't', state: ['x'] } : { time: 't', state: ['x'], id }
    expect(complaint(() => series(table(text), names))).toBe(message)
  })

  test('no state column', () => {
    expect(() => series(table('t\n1\n2'), { time: 't', state: [] })).toThrow(RangeError)
  })
})

describe('formatTable', () => {
  test('numbers by shortest round trip, NaN as an empty cell, quotes where needed', () => {
    const columns: [string, (string | number)[] | Float64Array][] = [
      ['t', Float64Array.of(0, 1e21, 0.1 + 0.2)],
      ['a,"b"', [Number.NaN, -0, 'x\ny']],
      ['# c', ['#', ' y', '']],
    ]
    expect(formatTable(columns)).toBe('t,"a,""b""","# c"\n0,,"#"\n1e+21,-0," y"\n0.30000000000000004,"x\ny",\n')
  })

  test('no columns, no rows, unequal columns', () => {
    expect(formatTable(new Map([['t', []]]))).toBe('t\n')
    expect(formatTable([])).toBe('\n')
    expect(() => formatTable(Object.entries({ t: [1, 2], x: [1] }))).toThrow("got 'x' of 1 beside 2")
  })

  test('what is written reads back bit for bit (property)', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '#', '\n', 'é') })
    const names = fc.uniqueArray(cell, { minLength: 1, maxLength: 4 })
    const value = fc.oneof(cell, fc.double({ noDefaultInfinity: true, noNaN: true }))
    const any = names.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.array(fc.array(value, { minLength: list.length, maxLength: list.length }), { minLength: 1, maxLength: 4 }),
      ),
    )
    fc.assert(
      fc.property(any, ([list, rows]) => {
        const columns = list.map((name, c) => [name, rows.map((row) => row[c] ?? '')] as const)
        const read = table(formatTable(columns))
        expect([...read.columns.keys()]).toEqual(list)
        for (const [name, cells] of columns) {
          const back = read.columns.get(name) ?? []
          for (const [r, want] of cells.entries()) {
            expect(typeof want === 'string' ? back[r] : Number(back[r])).toBe(want)
          }
        }
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})
