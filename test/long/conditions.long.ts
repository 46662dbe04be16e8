// The factors that bounds of errors have are what the problems do, measured.

import { describe, expect, test } from 'vitest'
import { AMPLIFICATION, amplification } from '../support/amplification.ts'
import { piecewise } from '../support/piecewise.ts'
import { problems } from '../support/problems.ts'

describe('how far a perturbation moves the end', () => {
  test.each(Object.entries({ ...problems, ...piecewise }))('%s', (name, problem) => {
    const [stated, measured] = [AMPLIFICATION[name] ?? 1, Math.max(1, amplification(problem))]
    // As stated, and rounded up to two digits or so.
    expect(measured / stated).toBeGreaterThan(0.9)
    expect(measured / stated).toBeLessThan(1.02)
  })
})
