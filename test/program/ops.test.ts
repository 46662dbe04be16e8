import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { type Activation, activationIds, type Builder, type Register } from '../../src/program/builder.ts'
import { again, constants, divide, gather, scatter as scatterTo } from '../../src/program/cell-ops.ts'
import { Field } from '../../src/program/field.ts'
import { inner as inner4, outer } from '../../src/program/row-ops.ts'
import { cubicSignal, linearSignal, type Signal } from '../../src/program/signal.ts'
import { euler, rk4 } from '../../src/tableaus/index.ts'
import { differences, inner, relative, scatter } from '../support/gradients.ts'
import { arbitrary, interpret } from '../support/interpreter.ts'

const T = 0.37
const kinky: readonly Activation[] = ['relu', 'leaky_relu', 'elu']

/** f(T, y) of a batch against the interpreter, and its transpose against differences of the interpreter. */
function check(dim: number, write: (p: Builder) => Register, smooth = true, input?: Signal): Field {
  const field = new Field(dim, write, { dtype: 'f64', seed: 3 })
  const fed = input && { input }
  for (const batch of [1, 3, 5]) {
    const x = scatter(batch * dim, 4)
    const parameters = field.parameters as Float64Array
    const rows = (y: Float64Array, p: Float64Array, t: number): number[] =>
      Array.from({ length: batch }, (_, i) =>
        interpret(field.calls, p, t, [...y.slice(i * dim, (i + 1) * dim)], input),
      ).flat()
    if (input === undefined) expect(relative(field.forward(x, T), rows(x, parameters, T))).toBeLessThan(1e-14)
    // One Euler step of length 1 is y + f: its transpose is that of f, and nothing else is in the way.
    const [y, pullback] = vjp(new NeuralODE(field, { t: [T, T + 1], solver: euler, steps: 1, ...fed }), x)
    expect(
      relative(
        y,
        rows(x, parameters, T).map((v, i) => v + (x[i] as number)),
      ),
    ).toBeLessThan(1e-14)
    const dy = scatter(x.length, 5)
    const { dx, dparams, dt } = pullback(dy)
    pullback.dispose()
    const along = (there: Float64Array, p: Float64Array, t: number): number => inner(dy, rows(there, p, t))
    const byX = differences((there) => along(there, parameters, T) + inner(dy, there), x, smooth)
    expect(relative(dx, byX), 'dx').toBeLessThan(1e-8)
    expect(
      relative(
        dparams,
        differences((p) => along(x, p, T), parameters, smooth),
      ),
      'dparams',
    ).toBeLessThan(1e-8)
    // dt: t0 moves the time of the only evaluation, and both ends move the length of the step.
    const [byT] = differences(([t]) => along(x, parameters, t as number), [T], smooth)
    const value = along(x, parameters, T)
    expect(relative(dt, [(byT as number) - value, value]), 'dt').toBeLessThan(1e-8)
    // And where registers and their cotangents are used again, stage after stage and step after step.
    const node = new NeuralODE(field, { t: [T, T + 0.04], solver: rk4, steps: 2, ...fed })
    const [, again] = vjp(node, x)
    const byNode = differences((there) => inner(dy, node.forward(there)), x, smooth)
    expect(relative(again(dy).dx, byNode), 'dx of eight stages').toBeLessThan(1e-8)
    again.dispose()
  }
  return field
}

describe('every op, forward and transposed', () => {
  test.each(Object.keys(activationIds) as Activation[])('dense and activate: %s', (activation) => {
    const smooth = !kinky.includes(activation)
    check(3, (p) => p.dense(p.dense(p.state, 7, { activation }), 3, { activation }), smooth).dispose()
    check(3, (p) => p.dense(p.state, 3, { activation, bias: false }), smooth).dispose()
    check(3, (p) => p.activate(p.state, activation), smooth).dispose()
    check(3, (p) => p.activate(p.activate(p.dense(p.state, 3), activation), 'tanh'), smooth).dispose()
  })

  test.each<[string, number, (p: Builder) => Register]>([
    ['add', 3, (p) => p.add(p.state, p.dense(p.state, 3))],
    ['add to itself', 3, (p) => p.add(p.state, p.state)],
    [
      'add a register to itself',
      3,
      (p) => {
        const x = p.dense(p.state, 3)
        return p.add(x, x)
      },
    ],
    ['mul', 3, (p) => p.mul(p.dense(p.state, 3), p.state)],
    ['mul: a square', 3, (p) => p.mul(p.state, p.state)],
    [
      'mul: a cube of a register',
      3,
      (p) => {
        const x = p.dense(p.state, 3)
        return p.mul(p.mul(x, x), x)
      },
    ],
    ['scale', 3, (p) => p.scale(p.scale(p.state, -2.5), 0.1)],
    ['scale by 0', 2, (p) => p.scale(p.dense(p.state, 2), 0)],
    [
      'scale, read twice',
      3,
      (p) => {
        const x = p.scale(p.state, 3)
        return p.mul(x, p.scale(x, 0.5))
      },
    ],
    ['concat', 3, (p) => p.dense(p.concat(p.state, p.dense(p.state, 4)), 3)],
    ['concat with itself', 3, (p) => p.dense(p.concat(p.state, p.state), 3)],
    [
      'concat of one register',
      1,
      (p) => {
        const x = p.dense(p.state, 5)
        return p.dense(p.concat(x, x), 1)
      },
    ],
    ['slice', 5, (p) => p.dense(p.slice(p.state, 1, 3), 5)],
    [
      'slice: a register cut twice, and overlapping',
      3,
      (p) => {
        const x = p.dense(p.state, 5)
        return p.mul(p.slice(x, 0, 3), p.slice(x, 2, 3))
      },
    ],
    [
      'slice: the last column alone',
      2,
      (p) => {
        const x = p.dense(p.state, 4)
        return p.concat(p.slice(x, 3, 1), p.slice(x, 0, 1))
      },
    ],
    [
      'slices and the whole',
      2,
      (p) => {
        const x = p.dense(p.state, 2)
        return p.add(p.concat(p.slice(x, 1, 1), p.slice(x, 0, 1)), x)
      },
    ],
    ['gather: columns in another order, one of them twice', 3, (p) => gather(p, p.state, [2, 0, 2])],
    ['gather: one column for all', 4, (p) => p.mul(gather(p, p.slice(p.state, 1, 1), [0, 0, 0, 0]), p.state)],
    [
      'gather of a register that is read again',
      2,
      (p) => {
        const x = p.dense(p.state, 3)
        return p.dense(p.concat(gather(p, x, [1, 1, 0]), p.concat(x, gather(p, x, [2]))), 2)
      },
    ],
    ['gather alone of a register', 2, (p) => gather(p, p.dense(p.state, 5, { activation: 'tanh' }), [4, 1])],
    ['scatter: sums, and a column of none', 3, (p) => scatterTo(p, p.dense(p.state, 5), [2, 0, 2, 2, 0], 3)],
    [
      'scatter of a register that is read again',
      3,
      (p) => {
        const x = p.dense(p.state, 3)
        return p.mul(scatterTo(p, x, [1, 1, 0], 3), p.add(x, scatterTo(p, x, [0, 1, 2], 3)))
      },
    ],
    ['divide', 3, (p) => divide(p, p.dense(p.state, 3), p.activate(p.state, 'exp'))],
    ['divide by what is divided', 2, (p) => ((x) => p.add(x, divide(p, x, x)))(p.activate(p.state, 'exp'))],
    [
      'divide: both read again',
      2,
      (p) => {
        const [x, y] = [p.dense(p.state, 2), p.activate(p.dense(p.state, 2), 'exp')]
        return p.add(divide(p, x, y), p.mul(divide(p, y, p.activate(x, 'exp')), p.add(x, y)))
      },
    ],
    ['inner', 1, (p) => inner4(p, p.dense(p.state, 4), p.dense(p.state, 4, { activation: 'tanh' }))],
    ['inner: a square', 4, (p) => p.dense(inner4(p, p.state, p.state), 4)],
    [
      'inner: both read again',
      8,
      (p) => {
        const [x, y] = [p.dense(p.state, 8), p.activate(p.state, 'tanh')]
        return p.add(p.mul(x, y), p.dense(p.concat(inner4(p, x, y), inner4(p, y, y)), 8))
      },
    ],
    ['outer', 4, (p) => outer(p, p.slice(p.state, 1, 1), p.state)],
    [
      'outer: both read again',
      4,
      (p) => {
        const [x, y] = [p.dense(p.state, 1), p.dense(p.state, 8)]
        return p.dense(p.add(outer(p, x, y), outer(p, p.mul(x, x), outer(p, x, y))), 4)
      },
    ],
    [
      'outer and inner of what is one for all rows',
      4,
      (p) => {
        const [x, y] = [p.dense(p.time(), 4, { activation: 'tanh' }), p.time()]
        return p.add(outer(p, inner4(p, x, p.state), outer(p, y, x)), outer(p, inner4(p, x, x), p.state))
      },
    ],
    [
      'a layer again',
      3,
      (p) => {
        const x = p.dense(p.state, 3, { activation: 'tanh', name: 'f' })
        return p.add(again(p, p.activate(again(p, x, 'f'), 'tanh'), 'f'), x)
      },
    ],
    ['a layer without bias again', 2, (p) => again(p, p.dense(p.state, 2, { bias: false, name: 'f' }), 'f')],
    ['constants', 3, (p) => p.mul(constants(p, 3), p.state)],
    ['constants alone, through an activation', 3, (p) => constants(p, 3, { activation: 'softplus', name: 'c' })],
    ['time', 1, (p) => p.time()],
    ['time in a sum', 1, (p) => p.add(p.time(), p.mul(p.state, p.time()))],
    [
      'time read twice',
      1,
      (p) => {
        const t = p.time()
        return p.mul(p.mul(t, t), p.state)
      },
    ],
    ['time through a layer', 3, (p) => p.dense(p.concat(p.state, p.time()), 3, { activation: 'tanh' })],
    ['time alone through a layer', 3, (p) => p.dense(p.time(), 3, { activation: 'sigmoid' })],
    ['the identity', 4, (p) => p.state],
    [
      'a gate',
      3,
      (p) => p.mul(p.dense(p.state, 3, { activation: 'sigmoid' }), p.dense(p.state, 3, { activation: 'tanh' })),
    ],
    [
      'three layers that share their input',
      2,
      (p) => {
        const x = p.dense(p.state, 6, { activation: 'tanh' })
        return p.add(p.dense(x, 2), p.mul(p.dense(x, 2), p.dense(x, 2)))
      },
    ],
    [
      'a result written before other ops',
      2,
      (p) => {
        const x = p.dense(p.state, 2)
        p.dense(x, 2)
        return x
      },
    ],
    [
      'a dead op between',
      2,
      (p) => {
        const x = p.dense(p.state, 2)
        p.mul(x, x)
        return p.dense(x, 2)
      },
    ],
  ])('%s', (_, dim, write) => check(dim, write).dispose())

  // No knot is near, so that differences by time stay on one piece.
  describe.each([
    ['linear', linearSignal],
    ['cubic', cubicSignal],
  ] as const)('a %s signal', (_, make) => {
    const input = make([-2, -1, 2, 3], scatter(12, 8))
    test.each<[string, (p: Builder) => Register]>([
      ['alone', (p) => p.input(3)],
      ['its rate alone', (p) => p.inputRate(3)],
      ['read twice', (p) => p.mul(p.input(3), p.input(3))],
      ['a register of it read twice', (p) => ((u) => p.mul(u, u))(p.input(3))],
      ['in a sum', (p) => p.add(p.state, p.mul(p.state, p.slice(p.input(3), 0, 2)))],
      ['with its rate and the time', (p) => p.mul(p.add(p.input(3), p.inputRate(3)), p.concat(p.state, p.time()))],
      ['through a layer', (p) => p.dense(p.concat(p.state, p.input(3)), 2, { activation: 'tanh' })],
      ['its rate alone through a layer', (p) => p.dense(p.inputRate(3), 2, { activation: 'sigmoid' })],
      ['cut', (p) => p.slice(p.input(3), 1, 2)],
    ])('%s', (__, write) => {
      const out = (p: Builder): Register => p.dense(write(p), 2)
      check(2, out, true, input).dispose()
    })
  })

  // A hundred programs nobody thought of: registers read never, once or often, in any order.
  test.each(Array.from({ length: 100 }, (_, seed) => seed))('arbitrary program %i', (seed) => {
    const dim = 1 + (seed % 4)
    check(dim, (p) => arbitrary(p, 3 + (seed % 9), seed)).dispose()
  })
})

test('ops of whole rows refuse others', () => {
  const make = (write: (p: Builder) => Register) => () => new Field(3, write)
  expect(make((p) => inner4(p, p.state, p.state))).toThrow('width must be a multiple of 4, got 3')
  expect(make((p) => inner4(p, p.state, p.dense(p.state, 4)))).toThrow('operands must have one width, got 3 and 4')
  expect(make((p) => outer(p, p.state, p.dense(p.state, 4)))).toThrow('x must be a column, got width 3')
  expect(make((p) => outer(p, p.time(), p.state))).toThrow('width must be a multiple of 4, got 3')
})

test('the state is no parameter: a field that does not read it has no derivative in it', () => {
  using field = new Field(2, (p) => p.concat(p.time(), p.time()), { dtype: 'f64' })
  const [, pullback] = vjp(new NeuralODE(field, { t: [0, 2], solver: euler, steps: 4 }), [1, 2])
  expect([...pullback([3, 4]).dx]).toEqual([3, 4])
  expect(pullback([3, 4]).dparams).toHaveLength(0)
  pullback.dispose()
})
