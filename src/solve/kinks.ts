/** Where kinks are located: whether, and how the inputs of units follow from samples along a step. Policy and tables for the core. */

import * as abi from '../../assembly/abi.ts'
import * as kinkAbi from '../../assembly/abi-kinks.ts'
import type { Arena } from '../core/arena.ts'
import { getF64, getI32, getPointer, type Pointer, read, setF64, setWords } from '../core/boundary.ts'
import { checkOneOf } from '../core/check.ts'
import type { Stats } from '../core/errors.ts'
import { type CompiledTableau, compile, type Method } from '../tableaus/tableau.ts'
import { forAffine, tableOf } from './kink-tables.ts'

/** What becomes of the kinks of a piecewise linear field. */
export type Kinks = 'locate' | 'auto' | 'ignore'

/** The highest degree of dense output that the core has room for. */
const MAX_DEGREE = 15

interface Pattern {
  readonly kind: number
}

/** Brings the option into the pattern of a solve; throws where kinks cannot be located. */
export function placeKinks<P extends Pattern & { readonly tableau: Method }>(
  { kinks }: { readonly kinks?: Kinks },
  pattern: P,
): P & { readonly kinks?: Kinks } {
  if (kinks === undefined) return pattern
  checkOneOf('kinks', kinks, ['locate', 'auto', 'ignore'])
  const { name, rosenbrock, denseDegree } = compile(pattern.tableau)
  const why =
    pattern.kind !== abi.STEPS_ADAPTIVE
      ? 'fixed steps do not end at kinks'
      : rosenbrock || denseDegree > MAX_DEGREE
        ? `${name} is no explicit method with dense output of degree ${MAX_DEGREE} at most`
        : undefined
  return kinks === 'ignore' || refused(kinks, why) ? pattern : { ...pattern, kinks }
}

/** Is there a reason against it? Throws where it was asked for without reserve. */
function refused(kinks: Kinks, why: string | undefined): boolean {
  if (why !== undefined && kinks === 'locate')
    throw new RangeError(`kinks must be 'ignore' or 'auto', got 'locate': ${why}`)
  return why !== undefined
}

/** What decides on it. */
interface Stepping<S> {
  readonly tableau: S
  readonly kinks?: Kinks
  readonly rtol: Float64Array
  readonly atol: Float64Array
}

/** What a solve steps with, and what it needs to locate kinks (abi, KINK_*); 0: it does not. */
export function layOutKinks<S>(
  { tableau, kinks, rtol, atol }: Stepping<S>,
  field: Pointer,
  arena: Arena,
): { readonly tableau: S; readonly kinks: Pointer } {
  const host = getI32(field + abi.FIELD_KIND) === abi.FIELD_HOST
  const why = host ? 'a JavaScript field does not show its units' : undefined
  if (kinks === undefined || refused(kinks, why)) return { tableau, kinks: 0 }
  const { kinked, affine } = look(field)
  if (!kinked) return { tableau, kinks: 0 }
  const own = affine ? forAffine(tableau as Method) : (tableau as Method)
  const at = layOut(compile(own), affine, arena)
  if (kinks === 'auto')
    setF64(at + kinkAbi.KINK_TOLERANCE, Math.min(...rtol.map((value, i) => value + (atol[i] as number))))
  return { tableau: own as S, kinks: at }
}

function layOut(method: CompiledTableau, affine: boolean, arena: Arena): Pointer {
  const { matrix, open, nodes, end } = tableOf(method, affine)
  const samples = (matrix[0] as readonly number[]).length
  const at = arena.bytes(kinkAbi.KINK_SIZE)
  setWords(at, [
    [kinkAbi.KINK_DEGREE, method.denseDegree],
    [kinkAbi.KINK_SAMPLES, samples],
    [kinkAbi.KINK_END, end],
    [kinkAbi.KINK_NODES, nodes.length ? arena.copy('f64', nodes) : 0],
    [kinkAbi.KINK_MATRIX, arena.copy('f64', matrix.flat())],
    [kinkAbi.KINK_OPEN, arena.copy('f64', open)],
  ])
  const reach = matrix.map((row) => row.slice(1).reduce((sum, weight) => sum + Math.abs(weight), 0))
  setF64(at + kinkAbi.KINK_REACH, Math.max(...reach))
  return at
}

/** Has the program of a field kinks, and is it affine in t and y while they are held? */
function look(field: Pointer): { kinked: boolean; affine: boolean } {
  let kinked = false
  let affine = getF64(field + abi.FIELD_SPAN) === 0
  for (let i = 0; i < getI32(field + abi.FIELD_OP_COUNT); i++) {
    const op = getPointer(field + abi.FIELD_OPS) + i * abi.OP_BYTES
    const activation = getI32(op + abi.OP_ACT)
    const kink = ((abi.KINKED >> activation) & 1) === 1
    kinked ||= kink
    affine &&= (kink || activation === 0) && ![abi.OP_MUL, abi.OP_SIGNAL].includes(getI32(op + abi.OP_CODE))
  }
  return { kinked, affine }
}

/** Where the stages of accepted steps end, if not where the steps do. */
export function stageEnds(solve: Pointer, steps: number): { readonly ends?: Float64Array } {
  const at = getPointer(solve + abi.SOLVE_KINKS)
  return at === 0 ? {} : { ends: read('f64', getPointer(at + kinkAbi.KINK_SPANS), steps) as Float64Array }
}

/** The same of step i alone. */
export function stageEnd(solve: Pointer, i: number): number | undefined {
  const at = getPointer(solve + abi.SOLVE_KINKS)
  return at === 0 ? undefined : getF64(getPointer(at + kinkAbi.KINK_SPANS) + 8 * i)
}

/** What only some solves count. */
export function rareStats(at: Pointer): Pick<Stats, 'njev' | 'nlu' | 'stiff' | 'kinks'> {
  const kinks = getPointer(at + abi.SOLVE_KINKS)
  return {
    njev: getI32(at + abi.SOLVE_JACOBIANS),
    nlu: getI32(at + abi.SOLVE_FACTORISATIONS),
    stiff: getF64(at + abi.SOLVE_STIFF_AT) || undefined,
    kinks: kinks && getI32(kinks + kinkAbi.KINK_FLIPS),
  }
}
