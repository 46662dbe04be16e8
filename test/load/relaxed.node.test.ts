import { afterEach, describe, expect, test, vi } from 'vitest'
import { relaxedModule } from '../../src/load/inline-relaxed.ts'

type Relode = typeof import('../../src/index.ts') & typeof import('../../src/relaxed.ts')

/** The library with a core of its own, as another program would see it; in a page, modules cannot be had anew. */
async function fresh(): Promise<Relode> {
  vi.resetModules()
  return { ...(await import('../../src/index.ts')), ...(await import('../../src/relaxed.ts')) }
}

const supported = relaxedModule() !== undefined
const build = supported ? 'relaxed' : 'strict'

const values = (length: number, stride: number): number[] =>
  Array.from({ length }, (_, i) => ((i * stride) % 11) / 5.5 - 1)

/** Four times the six rows of its largest tile, the four of another, and one. */
const ROWS = 29

/** Output and gradients of one seeded model. */
function run({ MLP, NeuralODE, vjp }: Relode, dtype: 'f32' | 'f64', width: number): number[] {
  using field = new MLP([width, 17, 17, width], { activation: 'tanh', dtype, seed: 2 })
  const node = new NeuralODE(field, { t: [0, 1], steps: 10 })
  const [y, pullback] = vjp(node, values(ROWS * width, 5))
  const { dx, dparams } = pullback(values(ROWS * width, 7))
  pullback.dispose()
  return [...y, ...dx, ...dparams]
}

afterEach(() => vi.unstubAllEnvs())

// The relaxed build may fuse multiply and add: other bits, the same numbers.
describe.each([
  ['f32', 1e-5],
  ['f64', 1e-14],
] as const)('relaxed and strict cores agree in %s', (dtype, tolerance) => {
  test.each([1, 3, 5, 17])('width %i', async (width) => {
    const [strict, relaxed] = [await fresh(), await fresh()]
    relaxed.configure({ fast: true })
    const [expected, found] = [run(strict, dtype, width), run(relaxed, dtype, width)]
    expect(relaxed.info().build).toBe(build)
    expect(strict.info().build).toBe('strict')
    for (const [i, value] of found.entries())
      expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(tolerance)
    // Otherwise this compares a core with itself. A width of 1 has products of which none need be rounded twice.
    if (supported && width > 1) expect(found).not.toEqual(expected)
  })
})

test('info tells the build, and the memory once there is some', async () => {
  const { configure, exp, info } = await fresh()
  expect(info()).toEqual({ build: 'strict', memory: 0 })
  expect(configure({ fast: true })).toEqual({ build, memory: 0 })
  expect(configure({ fast: true }).build).toBe(build)
  exp([1])
  expect(info().build).toBe(build)
  expect(info().memory).toBeGreaterThanOrEqual(65536)
})

test('the choice can be taken back until something was used, and is refused from then on', async () => {
  const { configure, exp } = await fresh()
  configure({ fast: true })
  expect(configure({ fast: false }).build).toBe('strict')
  exp([1])
  expect(configure({ fast: false }).build).toBe('strict')
  const again = (): unknown => configure({ fast: true })
  if (supported)
    expect(again).toThrow('the strict core is in use already: call configure before anything else of relode')
  else expect(again()).toMatchObject({ build: 'strict' })
})

test('where relaxed SIMD does not validate, the strict core stays', async () => {
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
  const { configure, exp, info } = await fresh()
  expect(configure({ fast: true }).build).toBe('strict')
  exp([1])
  expect(info().build).toBe('strict')
  validate.mockRestore()
})

test.each([1, 'yes', null])('fast: %j is refused', async (fast) => {
  const { configure } = await fresh()
  expect(() => configure({ fast: fast as never })).toThrow(/^fast must be one of true, false, got /)
})

test.each([
  ['1', build],
  ['0', 'strict'],
  ['', 'strict'],
])('RELODE_FAST=%s decides where the option does not', async (value, expected) => {
  vi.stubEnv('RELODE_FAST', value)
  const { configure } = await fresh()
  expect(configure().build).toBe(expected)
  expect(configure({ fast: false }).build).toBe('strict')
})
