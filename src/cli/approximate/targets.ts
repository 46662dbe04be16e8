/** The functions that `relode approximate` knows, and those it loads from a module. */

import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InputError } from '../errors.ts'
import { readBytes } from '../files.ts'

/** A function on the unit cube, and what the theorem needs to know of it. */
export interface Target {
  readonly name: string
  readonly formula: string
  readonly d: number
  readonly f: (x: readonly number[]) => number
  /** Modulus of continuity in the Euclidean norm; null if it is not known. */
  readonly omega: ((distance: number) => number) | null
  /** omega(t) is of the order of t to this power. */
  readonly smoothness: 1 | 0.5
  /** Bound of the spectral norm of the second derivatives; null where there are none, or none are known. */
  readonly curvature: number | null
}

const { PI, SQRT2, abs, cos, sin, sqrt } = Math
const lipschitz = (constant: number) => (distance: number) => constant * distance

/** Zhang, Lu, Zhao 2023, section 4.1, what they train networks for: terms i, j of a sum, b, c and d in units of pi. */
const TRAINED = [
  { a: 0.3, i: 0, j: 0, bi: 2, bj: 2, c: 2, d: 4 },
  { a: 0.2, i: 0, j: 1, bi: 2, bj: 4, c: 4, d: 6 },
  { a: 0.2, i: 1, j: 0, bi: 4, bj: 2, c: 8, d: 8 },
  { a: 0.3, i: 1, j: 1, bi: 4, bj: 4, c: 4, d: 6 },
] as const

function trained([x = 0, y = 0]: readonly number[]): number {
  return TRAINED.reduce((sum, { a, i, j, bi, bj, c, d }) => {
    const [xi, xj] = [i === 0 ? x : y, j === 0 ? x : y]
    return sum + a * sin(PI * (bi * xi + c * xi * xj)) * cos(PI * (bj * xj + d * xi * xi))
  }, 0)
}

// The gradient of sin u cos v is at most the larger one of u and v, since |cos u cos v| + |sin u sin v| <= 1. Here that is v's at
// (1, 1), in units of pi: bj + 2d for i = j, the root of bj^2 + (2d)^2 for others.
const TRAINED_SLOPE = PI * (0.3 * 10 + 0.2 * sqrt(4 ** 2 + 12 ** 2) + 0.2 * sqrt(2 ** 2 + 16 ** 2) + 0.3 * 16)

const sine = { name: 'sin', smoothness: 1 } as const
const kink = { name: 'abs', smoothness: 1, curvature: null } as const
const root = { name: 'sqrt', smoothness: 0.5, curvature: null } as const

/** The targets of the table in docs/theory.md, and that of the paper's section 4.1. */
export const targets: readonly Target[] = [
  {
    ...sine,
    d: 1,
    formula: 'sin 2πx',
    f: ([x = 0]) => sin(2 * PI * x),
    omega: lipschitz(2 * PI),
    curvature: 4 * PI ** 2,
  },
  {
    ...{ ...sine, d: 2, formula: 'sin 2πx cos πy', omega: lipschitz(2 * PI), curvature: 4 * PI ** 2 },
    f: ([x = 0, y = 0]) => sin(2 * PI * x) * cos(PI * y),
  },
  {
    ...{ ...sine, d: 3, formula: 'sin(x + 2y + 3z)', omega: lipschitz(sqrt(14)), curvature: 14 },
    f: ([x = 0, y = 0, z = 0]) => sin(x + 2 * y + 3 * z),
  },
  { ...kink, d: 1, formula: '|x − 1/3|', f: ([x = 0]) => abs(x - 1 / 3), omega: lipschitz(1) },
  {
    ...{ ...kink, d: 2, formula: '|x − 1/3| + ½|y − 2/3|', omega: lipschitz(sqrt(5 / 4)) },
    f: ([x = 0, y = 0]) => abs(x - 1 / 3) + abs(y - 2 / 3) / 2,
  },
  { ...root, d: 1, formula: '√x', f: ([x = 0]) => sqrt(x), omega: sqrt },
  { ...root, d: 2, formula: '√(x + y)', f: ([x = 0, y = 0]) => sqrt(x + y), omega: (t) => sqrt(SQRT2 * t) },
  {
    ...{ ...root, d: 3, formula: '√(x + y + z)', omega: (t: number) => sqrt(sqrt(3) * t) },
    f: ([x = 0, y = 0, z = 0]) => sqrt(x + y + z),
  },
  {
    ...{ name: 'paper', smoothness: 1, curvature: null, d: 2, formula: 'the target of §4.1', f: trained },
    omega: lipschitz(TRAINED_SLOPE),
  },
]

export interface Choice {
  readonly d?: number
  readonly module?: string
  readonly lipschitz?: number
}

/** The targets of one name, or all; with `d` those in that dimension; or the one of a module. */
export async function chooseTargets(name: string | undefined, choice: Choice): Promise<readonly Target[]> {
  const { d, module, lipschitz: slope } = choice
  if (module !== undefined) {
    if (name !== undefined) throw new InputError(`--module gives the target: leave '${name}' out`)
    if (d === undefined) throw new InputError('--module needs --d, the dimension of its function')
    return [await loadTarget(module, d, slope)]
  }
  if (slope !== undefined) throw new InputError('--lipschitz is for --module: the named targets know their constants')
  const named = targets.filter((target) => name === undefined || target.name === name)
  const found = named.filter((target) => d === undefined || target.d === d)
  if (found.length === 0) {
    throw new InputError(`'${name}' is there for --d ${named.map((target) => target.d).join(', ')}, got ${d}`)
  }
  return found
}

async function loadTarget(path: string, d: number, slope: number | undefined): Promise<Target> {
  readBytes(path)
  let loaded: { readonly default?: unknown }
  try {
    loaded = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new InputError(`cannot load ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const f = loaded.default
  if (typeof f !== 'function') {
    throw new InputError(`${path}: the default export must be a function of an array of ${d} numbers, got ${typeof f}`)
  }
  const call = f as (x: number[]) => unknown
  const name = basename(path)
  const omega = slope === undefined ? null : lipschitz(slope)
  return { name, formula: name, d, f: (x) => checkedCall(path, call, x), omega, smoothness: 1, curvature: null }
}

function checkedCall(path: string, f: (x: number[]) => unknown, x: readonly number[]): number {
  let value: unknown
  try {
    value = f([...x])
  } catch (error) {
    throw new InputError(
      `${path}: f([${x.join(', ')}]) throws: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new InputError(`${path}: f([${x.join(', ')}]) must be a finite number, got ${String(value)}`)
}
