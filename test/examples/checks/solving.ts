import { expect } from 'vitest'
import { type Checks, near } from './check.ts'

export const solving: Checks = {
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
  'budget.mjs': (numbers) => {
    const rows = [0, 3, 6, 9].map((i) => numbers.slice(i, i + 3) as [number, number, number])
    expect(new Set(rows.map(([, , gradient]) => gradient)).size).toBe(1)
    expect(rows.map(([, nfe]) => nfe)).toEqual(rows.map(([, nfe]) => nfe).sort((a, b) => b - a))
    // Every stage once more, but for eight steps on the tape.
    expect(rows[3]?.[1]).toBe(4000 - 8 * 4)
  },
  'direct.mjs': (numbers) => {
    const [hare, lynx, coreHare, coreLynx] = numbers.slice(-4) as [number, number, number, number]
    expect([hare, lynx]).toEqual([coreHare, coreLynx])
    // What the equation keeps: hare + lynx - ln(hare lynx)
    near(hare + lynx - Math.log(hare * lynx), 6 - Math.log(5), 1e-4)
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
  'kinks.mjs': (numbers) => {
    for (const i of [0, 5, 10]) {
      const [relu, located, softplus, tanh] = numbers.slice(i + 1, i + 5) as [number, number, number, number]
      expect(Math.min(relu, located)).toBeGreaterThan(Math.max(softplus, tanh))
    }
    expect(numbers[11]).toBeGreaterThan(4 * (numbers[12] as number))
    expect(numbers[15]).toBe(11)
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
  'relaxed.mjs': (_, text) => expect(text).toBe('true\n'),
  'sample.mjs': (numbers) => {
    expect(numbers[1]).toBeGreaterThan(5 * (numbers[0] as number))
    expect(numbers.slice(2, 4)).toEqual(numbers.slice(4, 6))
  },
  'signal.mjs': ([a, b, c, heated, end, exact]) => {
    near(a, -0.25, 1e-6)
    near(b, 0.8, 1e-6)
    near(c, 0, 1e-6)
    near(heated, 3.2 - 1.2 * Math.exp(-6), 1e-5)
    near(end, exact as number, 1e-7)
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
  'stiff.mjs': (numbers, text) => {
    const [a, b, c, steps] = numbers as [number, number, number, number]
    near(a / 2.083340149701294e-8, 1, 1e-3)
    near(b / 8.333360770334784e-14, 1, 1e-3)
    near(c, 1, 1e-6)
    expect(steps).toBeLessThan(300)
    expect(text).toMatch(/may be stiff\. It is, near t = 0\.\d+: use rodas4 from relode\/methods\.\n$/)
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
}
