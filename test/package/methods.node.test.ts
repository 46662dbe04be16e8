import * as whole from 'relode'
import * as inference from 'relode/inference'
import { dopri8, rodas4 } from 'relode/methods'
import { expect, test } from 'vitest'

const decay = (_: number, [y]: whole.Vector): number[] => [-1e4 * (y as number)]

// The entries are bundles of their own: a method brings along what it needs, and nothing of theirs twice.
test('a method of relode/methods is one of every entry', () => {
  for (const { odeint } of [whole, inference])
    expect(odeint(decay, [1], [0, 1e-3], { solver: dopri8 }).y).toHaveLength(1)
  expect(Math.abs(whole.odeint(decay, [1], [0, 1], { solver: rodas4 }).y[0] as number)).toBeLessThan(1e-6)
})

test('rodas4 needs the whole core, and says so', () => {
  const message = 'solver rodas4 needs the whole core: import from relode, not from relode/inference'
  expect(() => inference.odeint(decay, [1], [0, 1], { solver: rodas4 })).toThrow(message)
  const field = new inference.MLP([2, 2])
  const node = new inference.NeuralODE(field, { solver: rodas4 })
  expect(() => node.forward([1, 2])).toThrow(message)
  field.dispose()
})

test('stiffness is noticed in the whole core alone', () => {
  for (const [{ odeint }, found] of [
    [whole, true],
    [inference, false],
  ] as const) {
    expect(odeint(decay, [1], [0, 1]).stats.stiff !== undefined).toBe(found)
  }
})
