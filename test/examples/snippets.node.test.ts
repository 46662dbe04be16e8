// The code in README.md and docs/ is code that runs: every block stands in a file of examples/, and every file is run as a
// user would, importing 'relode' by name. Needs `npm run build` first.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const examples = readdirSync(join(root, 'examples')).filter((file) => /\.(mjs|ts)$/.test(file))
const sources = examples.map((file) => readFileSync(join(root, 'examples', file), 'utf8'))

describe('every block of code stands in a file of examples/', () => {
  const docs = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
  const papers = ['README.md', ...docs.map((file) => `docs/${file}`)]
  test.each(papers)('%s', (paper) => {
    const blocks = readFileSync(join(root, paper), 'utf8').matchAll(
      /^```(?:js|mjs|ts|javascript|typescript)\n([\s\S]*?)^```/gm,
    )
    const strangers = [...blocks]
      .map((block) => block[1] as string)
      .filter((code) => !sources.some((s) => s.includes(code)))
    expect(strangers).toEqual([])
  })
})

/** What an example printed, number by number; those of `Float64Array(2)` left out. */
function numbersIn(text: string): number[] {
  const plain = text.replace(/\w+Array\(\d+\)/g, '')
  return (plain.match(/(?<![\w.])-?\d+(\.\d+)?(e[+-]?\d+)?(?!\w)/g) ?? []).map(Number)
}

const run = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 20_000 })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

const near = (value: number | undefined, wanted: number, tolerance: number): void =>
  expect(Math.abs((value as number) - wanted), `${value} instead of ${wanted}`).toBeLessThan(tolerance)

/** What must be true of the output. */
const CHECKS: Readonly<Record<string, (numbers: readonly number[], text: string) => void>> = {
  'bouncing-ball.mjs': (numbers) => {
    for (let n = 0; n < 5; n++) near(numbers[2 * n], numbers[2 * n + 1] as number, 1e-12 * (numbers[2 * n] as number))
    const [count, last, height, speed, laterHeight, laterSpeed] = numbers.slice(10)
    const bounce = (n: number): number => Math.SQRT2 * (9 - 8 * 0.8 ** n)
    expect(count).toBe(4)
    near(last, bounce(3), 1e-11)
    // Second and third flight: a parabola each, from the speed that is left.
    for (const [t, n, h, v] of [
      [4, 2, height, speed],
      [5, 2, laterHeight, laterSpeed],
    ] as const) {
      const [since, up] = [t - bounce(n - 1), 9.8 * Math.SQRT2 * 0.8 ** n]
      near(h, up * since - 4.9 * since ** 2, 1e-11)
      near(v, up - 9.8 * since, 1e-11)
    }
  },
  'steady.mjs': (numbers, text) => {
    const [t, s, i, start, last, suscept, ill, peak] = numbers as [number, ...number[]] & number[]
    expect(text).toMatch(/^steady /)
    expect([start, last]).toEqual([0, 100])
    expect(t).toBeGreaterThan(100)
    near(suscept, 0.2, 1e-12)
    near(ill, 0.8 / 3, 1e-12)
    near(s, 0.2, 1e-3)
    near(i, 0.8 / 3, 1e-3)
    expect(peak).toBeGreaterThan(10)
    expect(peak).toBeLessThan(t)
  },
  'affine-flow.mjs': (numbers) => {
    const [pieces, rows] = [numbers[4] as number, [0, 5, 10].map((i) => numbers.slice(numbers.length - 15 + i))]
    expect(pieces).toBeGreaterThan(10)
    for (const [tol, blind, nfe, told, toldNfe] of rows as [number, number, number, number, number][]) {
      expect(told).toBeLessThan(blind / 5)
      if (tol < 1e-3) expect(toldNfe).toBeLessThan(nfe)
    }
    expect(rows.map(([tol]) => tol)).toEqual([1e-3, 1e-6, 1e-9])
  },
  'budget.mjs': (numbers) => {
    const rows = [0, 3, 6, 9].map((i) => numbers.slice(i, i + 3) as [number, number, number])
    expect(new Set(rows.map(([, , gradient]) => gradient)).size).toBe(1)
    expect(rows.map(([, nfe]) => nfe)).toEqual(rows.map(([, nfe]) => nfe).sort((a, b) => b - a))
    expect(rows[3]?.[1]).toBe(4000)
  },
  'event-ode.mjs': (numbers) => {
    const [t, byHeight, ...rest] = numbers as [number, number, ...number[]]
    // sqrt(2 h / g) (1 + 2 (0.7 + 0.49 + 0.343)), and half of it over h by h
    near(t, Math.sqrt(19.6 / 8) * 4.066, 1e-6)
    near(byHeight, t / 19.6, 1e-6)
    for (let i = 0; i < 4; i++) near(rest[i], rest[4 + i] as number, 0.02)
  },
  'adjoints.mjs': (numbers, text) => {
    expect(text.match(/checkpoint|reversible|backsolve/g)).toEqual([
      'checkpoint',
      'reversible',
      'backsolve',
      'reversible',
    ])
    expect(text.match(/true|false/g)).toEqual(['true', 'true'])
    for (const apart of [numbers[1], numbers[3]]) near(apart, 0, 1e-6)
  },
  'gradients.mjs': (numbers) => {
    const [dx, difference] = [numbers[0], numbers.at(-1)]
    near(dx, difference as number, 1e-5)
  },
  'approximate.mjs': (numbers) => {
    const [width, depth, parameters, exact, first, second, bound] = numbers as [number, number, ...number[]]
    expect([width, depth, parameters]).toEqual([27, 2, 773])
    near(first, exact as number, 1e-15)
    expect(Math.abs((exact as number) - Math.sqrt(0.25 + 341 / 1024))).toBeLessThan(bound as number)
    expect(Math.abs((second as number) - 1)).toBeLessThan(bound as number)
  },
  'clocked-field.mjs': (numbers) => {
    const values = numbers.slice(2)
    for (let i = 0; i < 9; i += 3) near(values[i + 1], values[i + 2] as number, 1e-9)
  },
  'depths.mjs': (numbers) => {
    const [composed, byHand, , first, , second, , third] = numbers as [number, number, ...number[]]
    expect(composed).toBe(byHand)
    near((first as number) / (second as number), 10, 0.2)
    near((second as number) / (third as number), 10, 0.02)
  },
  'choose-solver.mjs': (numbers) => {
    for (const i of [12, 18, 24]) {
      const [bosh3, dopri5, tsit5, vern7, dopri8] = numbers.slice(i + 1, i + 6) as [
        number,
        number,
        number,
        number,
        number,
      ]
      expect(bosh3).toBeGreaterThan(3 * Math.max(dopri5, tsit5))
      expect(Math.min(dopri5, tsit5)).toBeGreaterThan(1.5 * Math.max(vern7, dopri8))
    }
    expect(numbers[26]).toBeGreaterThan(3 * (numbers[28] as number))
  },
  'sample.mjs': (numbers) => {
    expect(numbers[1]).toBeGreaterThan(5 * (numbers[0] as number))
    expect(numbers.slice(2, 4)).toEqual(numbers.slice(4, 6))
  },
  'stiff.mjs': (numbers, text) => {
    const [a, b, c, steps] = numbers as [number, number, number, number]
    near(a / 2.083340149701294e-8, 1, 1e-3)
    near(b / 8.333360770334784e-14, 1, 1e-3)
    near(c, 1, 1e-6)
    expect(steps).toBeLessThan(300)
    expect(text).toMatch(/may be stiff\. It is, near t = 0\.\d+: use rodas4 from relode\/methods\.\n$/)
  },
  'four-depths.mjs': (numbers) => {
    const rows = [0, 1, 2, 3].map((i) => numbers.slice(6 + 5 * i, 11 + 5 * i))
    expect(rows.map(([T]) => T)).toEqual([1, 4, 16, 64])
    // Every depth grows towards the equilibrium, and is there at last.
    for (const depth of [1, 2, 3]) {
      const accuracies = rows.map((row) => row[depth] as number)
      expect(accuracies).toEqual([...accuracies].sort((a, b) => a - b))
      expect(accuracies[0]).toBeLessThan(0.7)
      expect(accuracies[3]).toBe(rows[3]?.[4])
    }
    expect(rows[0]?.[4]).toBeGreaterThan(0.98)
  },
  'equilibrium.mjs': (numbers) => {
    const [bound, iterations, plain, residual, ...rest] = numbers as [number, number, number, number, ...number[]]
    expect(bound).toBeLessThan(1)
    expect(iterations).toBeLessThan(plain)
    expect(residual).toBeLessThanOrEqual(1e-12)
    const [, five, , ten, , twenty, , slope, difference, backward] = rest as [number, ...number[]]
    expect([five, ten, twenty].every((error, i, all) => i === 0 || error! < all[i - 1]! * bound ** 5)).toBe(true)
    near(slope, difference as number, 1e-8)
    expect(backward).toBeLessThanOrEqual(1e-12)
    const [before, after, trained] = rest.slice(-3) as [number, number, number]
    expect(after).toBeLessThan(before / 10)
    expect(trained).toBeLessThanOrEqual(0.99 + 1e-12)
  },
  'gradient-flow.mjs': (numbers) => {
    const rows = [0, 5, 10, 15].map((i) => numbers.slice(i, i + 5) as [number, number, number, number, number])
    expect(rows.map(([t]) => t)).toEqual([0, 1, 2, 4])
    const losses = rows.map(([, loss]) => loss)
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    expect(losses[3]).toBeLessThan((losses[0] as number) / 50)
    expect(rows[0]?.[4]).toBe(0)
    const [inefficiency, ratio, reversal, change] = numbers.slice(20) as [number, number, number, number]
    expect(inefficiency).toBeGreaterThan(1)
    near(ratio, (rows[3]?.[2] as number) / (rows[3]?.[1] as number), 1e-9 * ratio)
    expect(reversal).toBeLessThan(0.3)
    expect(change).toBeLessThan(0.05)
  },
  'kinks.mjs': (numbers) => {
    for (const i of [0, 5, 10]) {
      const [relu, located, softplus, tanh] = numbers.slice(i + 1, i + 5) as [number, number, number, number]
      expect(Math.min(relu, located)).toBeGreaterThan(Math.max(softplus, tanh))
    }
    expect(numbers[11]).toBeGreaterThan(4 * (numbers[12] as number))
    expect(numbers[15]).toBe(11)
  },
  'lbfgs.mjs': (numbers) => {
    const [adam, adamLoss, memory, evaluations, loss] = numbers as [number, number, number, number, number]
    expect(memory).toBe(10)
    expect(evaluations).toBeLessThan(adam / 5)
    expect(loss).toBeLessThan(adamLoss)
  },
  'odeint.mjs': (numbers, text) => {
    near(numbers[0], -0.18015514, 1e-6)
    near(numbers[1], -1.9536103, 1e-6)
    near(numbers.at(-1), 1, 1e-5)
    expect(text).toMatch(/step underflow \S+\n$/)
  },
  'own-field.mjs': ([before, after]) => {
    near(before, 2 - Math.log(2) + 1, 1e-12)
    near(after, before as number, 1e-7)
  },
  'own-solver.mjs': ([, first, , second, , third]) => {
    near((first as number) / (second as number), 8, 0.3)
    near((second as number) / (third as number), 8, 0.15)
  },
  'plot.mjs': (_, text) => expect(text).toMatch(/^\d+ <svg xmlns/),
  'quickstart.mjs': (numbers) => {
    const losses = [1, 4, 7, 10, 13].map((i) => numbers[i] as number)
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    expect(losses[4]).toBeLessThan(3e-4)
    near(numbers.at(-2), 0, 0.05)
    near(numbers.at(-1), 1, 0.05)
  },
  'residual.mjs': (numbers) => {
    const rows = [0, 4, 8].map((i) => numbers.slice(i, i + 4))
    expect(rows.map(([depth]) => depth)).toEqual([8, 32, 128])
    const [first = [], second = [], third = []] = rows
    near((first[2] as number) / (second[2] as number), 4, 0.1)
    near((second[2] as number) / (third[2] as number), 4, 0.1)
    for (const row of [first, second]) near(row[1], third[1] as number, 1e-3)
  },
  'resume.mjs': (_, text) => expect(text).toMatch(/^\d+ true\n$/),
  'save.mjs': (numbers, text) => {
    const [length, ...rest] = numbers
    expect(length).toBeLessThan(2000)
    expect(rest.slice(0, 3)).toEqual(rest.slice(3, 6))
    expect(text).toContain('0.weight [ 16, 3 ]')
  },
  'series.mjs': (numbers) => {
    const [phase, window, epoch, loss] = numbers
    expect([phase, window, epoch]).toEqual([2, 8, 400])
    expect(loss).toBeLessThan(1e-3)
    const [u, v, ...wanted] = numbers.slice(-4) as [number, number, number, number]
    near(u, wanted[0], 0.05)
    near(v, wanted[1], 0.05)
  },
  'signal.mjs': ([a, b, c, heated, end, exact]) => {
    near(a, -0.25, 1e-6)
    near(b, 0.8, 1e-6)
    near(c, 0, 1e-6)
    near(heated, 3.2 - 1.2 * Math.exp(-6), 1e-5)
    near(end, exact as number, 1e-7)
  },
  'symptoms.mjs': ([loose, tight, steps, stiff, few, rejected], text) => {
    expect(loose).toBeGreaterThan(20 * (tight as number))
    expect(text.match(/max steps/g)).toHaveLength(2)
    expect(steps).toBe(16384)
    expect(stiff).toBeGreaterThan(0)
    expect(stiff).toBeLessThan(0.1)
    expect(few).toBeLessThan(1000)
    expect(rejected).toBeGreaterThan(1000)
  },
  'theorem.mjs': (numbers, text) => {
    const rows = [0, 4, 8].map((i) => numbers.slice(i, i + 4) as [number, number, number, number])
    expect(rows.map(([r, parameters]) => [r, parameters])).toEqual([4, 64, 1024].map((r) => [r, 773]))
    for (const [, , error, bound] of rows) expect(error).toBeLessThan(bound)
    expect(rows[2]?.[2]).toBeLessThan((rows[0]?.[2] as number) / 5)
    expect(text).toMatch(/^<svg xmlns/m)
  },
  'times.mjs': ([latest, end, error, fixedLatest, fixedEnd, fixedError]) => {
    expect(latest).toBeGreaterThan(1)
    expect(latest).toBe(end)
    expect([fixedLatest, fixedEnd]).toEqual([1, 1])
    near(error, 0, 1e-6)
    near(fixedError, 0, 1e-6)
  },
}

describe('examples', () => {
  // A worker exports its answer instead of printing it.
  const workers = ['edge.mjs']

  test('every example has a check', () => {
    expect([...Object.keys(CHECKS), ...workers].sort()).toEqual(examples.sort())
  })

  test.each(Object.entries(CHECKS))('%s', (file, check) => {
    const text = run(join('examples', file))
    check(numbersIn(text), text)
  })

  test.each(workers)('%s answers', (file) => {
    const worker = JSON.stringify(pathToFileURL(join(root, 'examples', file)).href)
    const ask = `import worker from ${worker}
      console.log(await (await worker.fetch(new Request('http://localhost/?x=1,0'))).text())`
    const answer: unknown = JSON.parse(run('--input-type=module', '--eval', ask))
    expect(answer).toEqual([expect.any(Number), expect.any(Number)])
  })
})
