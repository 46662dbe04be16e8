// Steps of a Rosenbrock method as `odeint` takes them: orders, dense output, directions, precisions and counts.

import { describe, expect, test } from 'vitest'
import type { Vector } from '../../src/core/boundary.ts'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { rodas4 } from '../../src/tableaus/index.ts'
import { type Linearised, rosenbrockStep } from '../support/reference-rosenbrock.ts'
import { slope } from '../support/slope.ts'

/** y = 1 / (1.25 - sin t): nonlinear, and in time, so that nodes and gamma_i are seen. */
const field: FieldFunction = (t, y, dy) => {
  dy[0] = Math.cos(t) * (y[0] as number) ** 2
}
const exact = (t: number): number => 1 / (1.25 - Math.sin(t))
const derivatives: OdeintOptions = {
  jac: (t, y, J) => {
    J[0] = 2 * Math.cos(t) * (y[0] as number)
  },
  dfdt: (t, y, dfdt) => {
    dfdt[0] = -Math.sin(t) * (y[0] as number) ** 2
  },
}

const REFINEMENTS = Array.from({ length: 9 }, (_, i) => 2 ** (i / 4))

describe.each([
  ['forward', 0.25, 7],
  ['backward', 7, 0.25],
] as const)('%s', (_, t0, t1) => {
  // The logistic equation: where time enters, rodas4 has a 4th-order term so small that the next one rules.
  test('equal steps of order 4, with Jacobians of either kind', () => {
    const logistic: FieldFunction = (_t, [u], dy) => {
      dy[0] = (u as number) * (1 - (u as number))
    }
    const grown = (t: number): number => 1 / (1 + 9 * Math.exp(-t))
    const jac: OdeintOptions['jac'] = (_t, [u], J) => {
      J[0] = 1 - 2 * (u as number)
    }
    for (const given of [{ jac, dfdt: () => {} }, {}]) {
      const counts = REFINEMENTS.map((r) => Math.round(32 * r))
      const errors = counts.map((steps) => {
        const ts = [t0 / 2, t1 / 2]
        const { y, stats } = odeint(logistic, [grown(t0 / 2)], ts, { solver: rodas4, steps, ...given })
        expect(stats).toMatchObject({ accepted: steps, rejected: 0, njev: steps, nlu: steps })
        return (y[0] as number) - grown(t1 / 2)
      })
      expect(Math.abs(-slope(counts, errors) - 4)).toBeLessThan(0.1)
    }
  })

  // A quadrature, y' = g(t), of a polynomial of degree 3: c, gamma_i and the derivative by time, and what is left is rounding.
  test('exact for polynomials of degree 4', () => {
    const quadrature: FieldFunction = (t, _y, dy) => {
      dy[0] = 4 * t ** 3
    }
    const dfdt: OdeintOptions['dfdt'] = (t, _y, out) => {
      out[0] = 12 * t ** 2
    }
    const { y } = odeint(quadrature, [t0 ** 4], [t0, t1], { solver: rodas4, steps: 7, dfdt })
    expect(Math.abs((y[0] as number) - t1 ** 4)).toBeLessThan(Math.max(t0, t1) ** 4 * 1e-14)
  })

  test('dense output of order 3', () => {
    const sizes = REFINEMENTS.map((r) => (Math.sign(t1 - t0) * 0.03) / r)
    const errors = sizes.map((h) => {
      const solution = odeint(field, [exact(t0)], [t0, t0 + h], { solver: rodas4, steps: 1, ...derivatives })
      const thetas = [1, 3, 5, 7, 9, 11, 13, 15].map((i) => i / 16)
      return Math.max(
        ...thetas.map((theta) => Math.abs((solution.at(t0 + theta * h)[0] as number) - exact(t0 + theta * h))),
      )
    })
    expect(Math.abs(slope(sizes, errors) - 4)).toBeLessThan(0.1)
  })

  test('adaptive: the error follows the tolerance, dense output too', () => {
    for (const tol of [1e-4, 1e-6, 1e-8]) {
      const solution = odeint(field, [exact(t0)], [t0, t1], { solver: rodas4, rtol: tol, atol: tol })
      for (let i = 0; i <= 40; i++) {
        const t = t0 + ((t1 - t0) * i) / 40
        expect(Math.abs((solution.at(t)[0] as number) - exact(t)) / exact(t)).toBeLessThan(300 * tol)
      }
    }
  })

  test('f32 converges until rounding', () => {
    for (const given of [derivatives, {}]) {
      const { y } = odeint(field, Float32Array.of(exact(t0)), [t0, t1], { solver: rodas4, steps: 512, ...given })
      expect(y).toBeInstanceOf(Float32Array)
      expect(Math.abs((y[0] as number) - exact(t1))).toBeLessThan(3e-5)
    }
  })
})

/** Three components, all coupled, with time; a Jacobian without symmetry. */
const coupled: Linearised = {
  f: (t, [u, v, w]) => {
    const [a, b, c] = [u, v, w] as [number, number, number]
    return [b * c - 20 * a, a * a + Math.sin(3 * t), -c * b + t * a]
  },
  jacobian: (t, [u, v, w]) => {
    const [a, b, c] = [u, v, w] as [number, number, number]
    return [
      [-20, c, b],
      [2 * a, 0, 0],
      [t, -c, -b],
    ]
  },
  rate: (t, [u]) => [0, 3 * Math.cos(3 * t), u as number],
}
const asField: FieldFunction = (t, y) => coupled.f(t, [...y])
const asOptions: OdeintOptions = {
  jac: (t, y, J) => J.set(coupled.jacobian(t, [...y]).flat()),
  dfdt: (t, y, dfdt) => dfdt.set(coupled.rate(t, [...y])),
}

test('a step is the one of the definition, in every component', () => {
  for (const h of [0.3, -0.15, 1e-3]) {
    const step = rosenbrockStep(rodas4, coupled, 0.5, [1, -0.5, 2], h)
    for (const [options, bound] of [
      [asOptions, 1e-13],
      [{}, 1e-6],
    ] as const) {
      const solution = odeint(asField, [1, -0.5, 2], [0.5, 0.5 + h], { solver: rodas4, steps: 1, ...options })
      for (const theta of [0.25, 0.5, 0.8, 1]) {
        const is = solution.at(0.5 + theta * h)
        const wanted = theta === 1 ? step.y : step.at(theta)
        const size = Math.max(...wanted.map(Math.abs))
        for (const [i, value] of wanted.entries())
          expect(Math.abs((is[i] as number) - value)).toBeLessThan(bound * size)
      }
    }
  }
})

test('backward is forward of the negated field, bit for bit', () => {
  const mirrored: FieldFunction = (t, y) => coupled.f(-t, [...y]).map((value) => -value)
  const [forth, back] = [
    odeint(asField, [1, -0.5, 2], [0, 0.7, 2], { solver: rodas4 }),
    odeint(mirrored, [1, -0.5, 2], [0, -0.7, -2], { solver: rodas4 }),
  ]
  expect(back.ys).toEqual(forth.ys)
  expect(back.stats).toEqual(forth.stats)
})

test('output times do not change the steps', () => {
  const y0 = [1, -0.5, 2]
  const few = odeint(asField, y0, [0, 2], { solver: rodas4, ...asOptions })
  const many = odeint(asField, y0, [0, 0.1, 0.1, 0.5, 1.7, 2, 2], { solver: rodas4, ...asOptions })
  expect(many.stats).toEqual(few.stats)
  expect(many.ys[6]).toEqual(few.y)
  expect(many.ys[2]).toEqual(many.ys[1])
  expect(few.at(0.5)).toEqual(many.ys[3])
})

test('no time to go', () => {
  for (const ts of [[3], [3, 3], [3, 3, 3]]) {
    const { ys, stats } = odeint(asField, [1, 2, 3], ts, { solver: rodas4 })
    for (const y of ys) expect([...y]).toEqual([1, 2, 3])
    expect(stats).toMatchObject({ nfe: 1, steps: 0, njev: 0, nlu: 0 })
  }
})

test('counted is called', () => {
  const calls = { field: 0, jac: 0, dfdt: 0 }
  const counted =
    (which: keyof typeof calls, f: FieldFunction): ((t: number, y: Vector, out: Vector) => void) =>
    (t, y, out) => {
      calls[which]++
      const result = f(t, y, out)
      if (result !== undefined) out.set(result)
    }
  const given = {
    jac: counted('jac', asOptions.jac as FieldFunction),
    dfdt: counted('dfdt', asOptions.dfdt as FieldFunction),
  }
  const runs: readonly OdeintOptions[] = [
    { rtol: 1e-8, atol: 1e-8 },
    given,
    { jac: given.jac, rtol: 1e-3, atol: 1e-3 },
    { dfdt: given.dfdt, dt0: 2 },
    { steps: 7, ...given },
    { dt: 0.3 },
  ]
  for (const options of runs) {
    Object.assign(calls, { field: 0, jac: 0, dfdt: 0 })
    const { stats } = odeint(counted('field', asField), [1, -0.5, 2], [0, 2], { solver: rodas4, ...options })
    expect(calls.field).toBe(stats.nfe)
    expect(calls.jac).toBe(options.jac ? stats.njev : 0)
    expect(calls.dfdt).toBe(options.dfdt ? stats.njev : 0)
    expect(stats).toMatchObject({ njev: stats.accepted, nlu: stats.steps })
  }
  // A rejected step begins again with the Jacobian it has.
  expect(
    odeint(asField, [1, -0.5, 2], [0, 2], { solver: rodas4, dt0: 2, ...asOptions }).stats.rejected,
  ).toBeGreaterThan(0)
})

describe('a stiff decay to cos t', () => {
  // y' = -1e6 (y - cos t) - sin t (Prothero, Robinson): cos t, whatever it starts from.
  const decay: FieldFunction = (t, y, dy) => {
    dy[0] = -1e6 * ((y[0] as number) - Math.cos(t)) - Math.sin(t)
  }

  test.each([1, 2])('from %d: few steps', (start) => {
    for (const tol of [1e-4, 1e-6]) {
      const { y, stats } = odeint(decay, [start], [0, 10], { solver: rodas4, rtol: tol, atol: tol })
      expect(Math.abs((y[0] as number) - Math.cos(10))).toBeLessThan(10 * tol)
      // Stability alone would ask an explicit method for 3e6.
      expect(stats.steps).toBeLessThan(300)
    }
  })

  test('in f32', () => {
    const { y, stats } = odeint(decay, Float32Array.of(2), [0, 10], { solver: rodas4 })
    expect(Math.abs((y[0] as number) - Math.cos(10))).toBeLessThan(1e-2)
    expect(stats.steps).toBeLessThan(100)
  })

  test('one step of any size lands on it: L-stable and stiffly accurate', () => {
    const fast: FieldFunction = (_t, [u], dy) => {
      dy[0] = -1e9 * (u as number)
    }
    for (const h of [0.1, 1, 10]) {
      const { y } = odeint(fast, [1], [0, h], { solver: rodas4, steps: 1 })
      expect(Math.abs(y[0] as number)).toBeLessThan(1e-6)
    }
  })

  test('dense output is right where steps would be far longer than the period', () => {
    for (const start of [1, 2]) {
      for (const tol of [1e-4, 1e-6, 1e-8]) {
        const solution = odeint(decay, [start], [0, 10], { solver: rodas4, rtol: tol, atol: tol })
        const errors = Array.from({ length: 400 }, (_, i) => (i + 1) / 40).map((t) =>
          Math.abs((solution.at(t)[0] as number) - Math.cos(t)),
        )
        expect(Math.max(...errors)).toBeLessThan(10 * tol)
      }
    }
  })
})
