import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { SolveError } from '../../src/core/errors.ts'
import { FormatError } from '../../src/io/safetensors.ts'
import { Block } from '../../src/program/block.ts'
import type { Builder, Register } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { Leapfrog, type LeapfrogOptions } from '../../src/structured/leapfrog.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { differences, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const

/** Sum of the squares of a register, halved: an oscillator's potential. */
const halfSquare = (p: Builder, x: Register): Register => {
  const squares = p.scale(p.mul(x, x), 0.5)
  if (x.width === 1) return squares
  return Array.from({ length: x.width }, (_, i) => p.slice(squares, i, 1)).reduce((sum, one) => p.add(sum, one))
}
const oscillator = (dim: number): Block => new Block(dim, 1, (p) => halfSquare(p, p.state), f64)
/** V = 1 - cos q, as -sin(q + pi/2) and a constant that is left out. */
const pendulum = (): Block => {
  const block = new Block(1, 1, (p) => p.scale(p.dense(p.state, 1, { activation: 'sin', name: 'a' }), -1), f64)
  block.parameters = [1, Math.PI / 2]
  return block
}
/** A potential to be trained. */
const network = (dim: number, dtype: 'f32' | 'f64', seed = 1): Block =>
  new Block(dim, 1, (p) => p.dense(p.dense(p.state, 7, { activation: 'tanh' }), 1), { dtype, seed })

/** Complete elliptic integral of the first kind by the arithmetic-geometric mean: K(k) = pi / (2 agm(1, sqrt(1 - k^2))). */
function period(amplitude: number): number {
  let [a, b] = [1, Math.cos(amplitude / 2)]
  for (let i = 0; i < 8; i++) [a, b] = [(a + b) / 2, Math.sqrt(a * b)]
  return (2 * Math.PI) / a
}

describe('closed forms', () => {
  test('a harmonic oscillator: the numerical solution is a rotation of a known angle', () => {
    // cos(phi) = 1 - h^2/2, and q_n = cos(n phi) where v begins at 0 (Hairer, Lubich, Wanner, Geometric Numerical Integration, I.5).
    const [h, n] = [0.1, 500]
    const model = new Leapfrog({ potential: oscillator(1), t: [0, h * n], dt: h })
    const phi = Math.acos(1 - (h * h) / 2)
    const [q, v] = model.forward([1, 0])
    expect(q).toBeCloseTo(Math.cos(n * phi), 11)
    expect(v).toBeCloseTo(-Math.sqrt(1 - (h * h) / 4) * Math.sin(n * phi), 11)
  })

  test.each([2, 4] as const)('order %d on the oscillator', (order) => {
    const errors = [0.1, 0.05, 0.025].map((dt) => {
      const [q, v] = new Leapfrog({ potential: oscillator(1), t: [0, 3], dt, order }).forward([0.8, 0.3])
      return Math.hypot(
        (q as number) - (0.8 * Math.cos(3) + 0.3 * Math.sin(3)),
        (v as number) - (-0.8 * Math.sin(3) + 0.3 * Math.cos(3)),
      )
    }) as [number, number, number]
    for (const [coarse, fine] of [errors.slice(0, 2), errors.slice(1)] as [number, number][])
      expect(Math.log2(coarse / fine)).toBeCloseTo(order, 1)
  })

  test.each([2, 4] as const)('a pendulum is back after its period, to order %d', (order) => {
    const T = period(2.5)
    const errors = [200, 400].map((n) => {
      const [q, v] = new Leapfrog({ potential: pendulum(), t: [0, T], dt: T / n, order }).forward([2.5, 0])
      return Math.hypot((q as number) - 2.5, v as number)
    }) as [number, number]
    expect(errors[1]).toBeLessThan(order === 2 ? 1e-3 : 1e-5)
    expect(Math.log2(errors[0] / errors[1])).toBeGreaterThan(order - 0.3)
  })

  test("a force that depends on time: q = -sin t solves q'' = sin t", () => {
    const force = new Field(1, (p) => p.activate(p.time(), 'sin'), f64)
    const errors = [0.02, 0.01].map((dt) => {
      const [q] = new Leapfrog({ force, t: [0, 2], dt }).forward([0, -1])
      return Math.abs((q as number) + Math.sin(2))
    }) as [number, number]
    expect(Math.log2(errors[0] / errors[1])).toBeCloseTo(2, 1)
  })
})

describe('what a symplectic step keeps', () => {
  test('the energy of a pendulum does not drift in 10 000 steps', () => {
    const model = new Leapfrog({
      potential: pendulum(),
      t: Float64Array.from({ length: 101 }, (_, i) => 10 * i),
      dt: 0.1,
    })
    const energies = model.energy(model.forward([1.5, 0]))
    const off = Array.from(energies, (e) => Math.abs(e - (energies[0] as number)))
    const [early, late] = [off.slice(1, 50), off.slice(51)].map((part) => Math.max(...part)) as [number, number]
    expect(early).toBeLessThan(2e-3)
    expect(late).toBeLessThan(1.2 * early)
    expect(early).toBeGreaterThan(1e-5)
  })

  test.each([
    ['f64', 2, 1e-12],
    ['f64', 4, 1e-11],
    ['f32', 2, 2e-4],
  ] as const)('the same steps backwards lead back, to rounding: %s, order %d', (dtype, order, tolerance) => {
    const potential = network(3, dtype)
    const there = new Leapfrog({ potential, t: [0, 20], dt: 0.1, order })
    const back = new Leapfrog({ potential, t: [20, 0], dt: 0.1, order })
    const x = dtype === 'f32' ? Float32Array.from(scatter(5 * 6, 2)) : scatter(5 * 6, 2)
    const end = there.forward(x)
    expect(relative(end, x)).toBeGreaterThan(0.1)
    expect(relative(back.forward(end), x)).toBeLessThan(tolerance)
  })

  test('areas: the Jacobian of the steps has determinant 1', () => {
    const model = new Leapfrog({ potential: network(1, 'f64'), t: [0, 5], dt: 0.25 })
    const [, pullback] = vjp(model, [0.7, -0.4])
    const [a, b] = [pullback([1, 0]).dx, pullback([0, 1]).dx]
    expect((a[0] as number) * (b[1] as number) - (a[1] as number) * (b[0] as number)).toBeCloseTo(1, 12)
    pullback.dispose()
  })
})

/** Ten swings of the pendulum, seen at times up to 2. */
function trained(): { model: Leapfrog; losses: number[] } {
  const t = [0, 0.5, 1, 1.5, 2]
  const x = scatter(20, 3).map((value) => 1.5 * value)
  const y = new Leapfrog({ potential: pendulum(), t, dt: 0.05 }).forward(x)
  const model = new Leapfrog({ potential: network(1, 'f64'), t, dt: 0.1 })
  const options = { optimizer: adam({ lr: 0.02 }), epochs: 200 }
  return { model, losses: Array.from(fit(model, { x, y }, options), ({ loss }) => loss) }
}

test('a potential is learned from trajectories, to the same bits again; energy and file follow it', () => {
  const [first, second] = [trained(), trained()]
  expect(first.losses).toEqual(second.losses)
  expect(first.losses.at(-1)).toBeLessThan((first.losses[0] as number) / 200)
  const { model } = first
  const states = scatter(10, 8)
  const bytes = model.save(new Map([['source', 'pendulum']]))
  const read = Leapfrog.from(bytes)
  expect(read.forward(states)).toEqual(model.forward(states))
  expect(read.energy(states)).toEqual(model.energy(states))
  expect(read.save(new Map([['source', 'pendulum']]))).toEqual(bytes)
  // The force is minus the slope of the potential as it is trained.
  const slope = differences((q) => (model.potential as Block).forward(q)[0] as number, [0.3])
  expect(model.field.forward([0.3])[0]).toBeCloseTo(-(slope[0] as number), 9)
})

test.each([1, 2, 3])('files of potentials in %d dimensions, and of a force', (dim) => {
  const x = scatter(2 * 2 * dim)
  const models = [
    new Leapfrog({ potential: network(dim, 'f64'), t: [0, 1, 3], dt: 0.25, order: 4 }),
    new Leapfrog({ force: new Field(dim, (p) => p.dense(p.state, dim, { activation: 'gelu' }), f64), dt: 0.5 }),
  ]
  for (const model of models) {
    const read = Leapfrog.from(model.save())
    expect(read.forward(x)).toEqual(model.forward(x))
    expect(read.save()).toEqual(model.save())
  }
  const damaged = (change: (text: string) => string): Uint8Array => {
    const text = new TextDecoder('latin1').decode((models[0] as Leapfrog).save())
    const bytes = Uint8Array.from(change(text), (c) => c.charCodeAt(0))
    expect(bytes).toHaveLength(text.length)
    return bytes
  }
  for (const change of [
    (text: string) => text.replace('\\"kind\\":\\"potential\\"', '\\"kind\\":\\"potentiaL\\"'),
    (text: string) => text.replace('\\"order\\":4', '\\"order\\":3'),
    (text: string) => text.replace('\\"dt\\":0.25', '\\"dt\\":-.25'),
    (text: string) => text.replace('\\"dt\\":0.25', '\\"dt\\":1e-9'),
    ...(dim > 1 ? [(text: string) => text.replace('\\"concat\\",', '\\"concaT\\",')] : []),
    ...(dim > 1
      ? [
          (text: string) =>
            text
              .replace(/\["scale",(\d+),0\]/, '["scale",$1,1]')
              .replace(/\[\\"scale\\",(\d+),0\]/, '[\\"scale\\",$1,1]'),
        ]
      : []),
  ])
    expect(() => Leapfrog.from(damaged(change))).toThrow(FormatError)
})

describe('edges', () => {
  test('no time, no rows, one time', () => {
    const potential = network(2, 'f64')
    const x = scatter(8)
    expect(new Leapfrog({ potential, t: [3], dt: 1 }).forward(x)).toEqual(x)
    expect(new Leapfrog({ potential, t: [3, 3], dt: 1, output: 'all' }).forward(x)).toEqual(Float64Array.of(...x, ...x))
    expect(new Leapfrog({ potential, dt: 1 }).forward([])).toHaveLength(0)
    const [, pullback] = vjp(new Leapfrog({ potential, t: [3, 3], dt: 1 }), x)
    const { dx, dt, nfe } = pullback(x)
    expect([dx, [...dt], nfe]).toEqual([x, [0, 0], 0])
  })

  test('rows do not see each other', () => {
    const model = new Leapfrog({ potential: network(2, 'f64'), t: [0, 2], dt: 0.1 })
    const x = scatter(5 * 4)
    const alone = [0, 1, 2, 3, 4].flatMap((i) => [...model.forward(x.subarray(4 * i, 4 * i + 4))])
    expect([...model.forward(x)]).toEqual(alone)
  })

  test('one evaluation a step, and one to begin with', () => {
    const count = (options: Partial<LeapfrogOptions>): number => {
      const pass = new Leapfrog({ potential: network(1, 'f64'), dt: 0.1, ...options }).pass([1, 0], 1)
      const { nfe } = pass
      pass.free()
      return nfe
    }
    expect(count({ t: [0, 1] })).toBe(11)
    expect(count({ t: [0, 0.3] })).toBe(4)
    expect(count({ t: [0, 0.31] })).toBe(5)
    expect(count({ t: [0, 1], order: 4 })).toBe(31)
    expect(count({ t: [0, 0.05, 0.1] })).toBe(3)
  })

  test('an overflow is an error that says where', () => {
    const force = new Field(1, (p) => p.activate(p.state, 'exp'), f64)
    const run = (): unknown => new Leapfrog({ force, t: [0, 1, 40], dt: 0.5 }).forward([0, 0, 0.1, 0.1])
    expect(run).toThrow(SolveError)
    expect(run).toThrow(/non-finite state: after t = 1 of 40 the value y\[\d\].* is not finite/)
  })

  test.each<[() => unknown, string]>([
    [() => new Leapfrog({ dt: 1 }), 'force or potential must be given, one of them'],
    [() => new Leapfrog({ dt: 1, force: new Field(1, (p) => p.state), potential: network(1, 'f64') }), 'one of them'],
    [() => new Leapfrog({ dt: 0, potential: network(1, 'f64') }), 'dt must be a finite number > 0, got 0'],
    [() => new Leapfrog({ dt: 1e-12, potential: network(1, 'f64') }), 'dt must not ask for more than'],
    [() => new Leapfrog({ dt: 1, order: 3 as 2, potential: network(1, 'f64') }), 'order must be one of 2, 4, got'],
    [() => new Leapfrog({ dt: 1, t: [0, 2, 1], potential: network(1, 'f64') }), 't must be monotonic'],
    [
      () => new Leapfrog({ dt: 1, potential: new Field(2, (p) => p.state) }),
      'potential must map a state to one number, got 2',
    ],
    [
      () => new Leapfrog({ dt: 1, potential: new Block(1, 1, (p) => p.state, { layers: 3 }) }),
      'potential must have one set',
    ],
    [
      () => new Leapfrog({ dt: 1, force: new Field(1, (p) => p.dense(p.state, 1), { layers: 2 }) }),
      'force must have one set',
    ],
    [() => new Leapfrog({ dt: 1, force: new Field(1, (p) => p.state) }).energy([1, 1]), 'energy needs a potential'],
    [() => new Leapfrog({ dt: 1, potential: network(2, 'f64') }).forward([1, 2]), 'x must hold rows of 4 numbers'],
  ])('misuse %#', (call, message) => expect(call).toThrow(message))
})
