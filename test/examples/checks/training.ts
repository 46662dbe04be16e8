import { expect } from 'vitest'
import { type Checks, near } from './check.ts'

export const training: Checks = {
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
  'classifier.mjs': (numbers) => {
    const [losses, error] = [[1, 4, 7, 10].map((i) => numbers[i] as number), numbers.at(-1) as number]
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    expect(error).toBeLessThan(0.04)
  },
  'event-ode.mjs': (numbers) => {
    const [t, byHeight, ...rest] = numbers as [number, number, ...number[]]
    // sqrt(2 h / g) (1 + 2 (0.7 + 0.49 + 0.343)), and half of it over h by h
    near(t, Math.sqrt(19.6 / 8) * 4.066, 1e-6)
    near(byHeight, t / 19.6, 1e-6)
    for (let i = 0; i < 4; i++) near(rest[i], rest[4 + i] as number, 0.02)
  },
  'learned-event.mjs': (numbers) => {
    expect(numbers[5]).toBeLessThan(1e-3)
    const [seen, found] = [numbers.slice(6, 9), numbers.slice(9)]
    for (const [i, t] of seen.entries()) near(found[i], t, 0.02)
  },
  'gradients.mjs': (numbers) => {
    const [dx, difference] = [numbers[0], numbers.at(-1)]
    near(dx, difference as number, 1e-5)
  },
  'workers.mjs': (numbers, text) => {
    // Twice the same training: epoch and loss, three times.
    expect(numbers.slice(6)).toEqual(numbers.slice(0, 6))
    expect(numbers[5]).toBeLessThan(0.005)
    expect(text).toMatch(/\ntrue\n$/)
  },
  'latent-ode.mjs': (numbers) => {
    const [first, , second, , third, , error] = [1, 0, 3, 0, 5, 0, 6].map((i) => numbers[i] as number)
    expect(second).toBeLessThan(first as number)
    expect(third).toBeLessThan(second as number)
    // A swing is 0.7, the noise 0.1.
    expect(error).toBeLessThan(0.15)
  },
  'liquid.mjs': (numbers, text) => {
    expect(text.match(/^[a-z]+/gm)).toEqual(['ltc', 'true', 'cfc', 'true'])
    const [ltc, path, cfc, other] = numbers as [number, number, number, number]
    // The levels have a deviation of 0.2.
    expect(Math.max(ltc, cfc)).toBeLessThan(0.03)
    expect(other).toBeGreaterThan(path)
  },
  'lbfgs.mjs': (numbers) => {
    const [adam, adamLoss, memory, evaluations, loss] = numbers as [number, number, number, number, number]
    expect(memory).toBe(10)
    expect(evaluations).toBeLessThan(adam / 5)
    expect(loss).toBeLessThan(adamLoss)
  },
  'quickstart.mjs': (numbers) => {
    const losses = [1, 4, 7, 10, 13].map((i) => numbers[i] as number)
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    expect(losses[4]).toBeLessThan(3e-4)
    near(numbers.at(-2), 0, 0.05)
    near(numbers.at(-1), 1, 0.05)
  },
  'recurrent.mjs': (errors, text) => {
    expect(text.match(/^[\w-]+/gm)).toEqual(['gru', 'ode-rnn', 'cfc', 'ltc'])
    // A mean swing is 0.45; what follows the time between the rows is ahead of what is told it.
    for (const error of errors) expect(error).toBeLessThan(0.16)
    const [gru, ode, , ltc] = errors as [number, number, number, number]
    expect(Math.max(ode, ltc)).toBeLessThan(gru)
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
  'times.mjs': ([latest, end, error, fixedLatest, fixedEnd, fixedError]) => {
    expect(latest).toBeGreaterThan(1)
    expect(latest).toBe(end)
    expect([fixedLatest, fixedEnd]).toEqual([1, 1])
    near(error, 0, 1e-6)
    near(fixedError, 0, 1e-6)
  },
}
