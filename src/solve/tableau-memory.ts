import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { type Dtype, type Pointer, setF64, setI32, setWords } from '../core/boundary.ts'
import { type CompiledTableau, compile, type Method } from '../tableaus/tableau.ts'

// Tableaus are few and small: each is laid out once per precision and stays.
const laidOut: Readonly<Record<Dtype, WeakMap<Method, Pointer>>> = { f32: new WeakMap(), f64: new WeakMap() }

/** The step of a composition, y <- f(t, y), where an ODE has a method. */
export const MAP: unique symbol = Symbol('map')

/** What a step is: a method, or the map. */
export type Step = Method | typeof MAP

let mapPointer: Pointer | undefined

/** The core sees the map as a tableau of one stage that says so. */
function layOutMap(): Pointer {
  const arena = new Arena()
  const at = arena.bytes(abi.TABLEAU_SIZE)
  setI32(at + abi.TABLEAU_STAGES, 1)
  setI32(at + abi.TABLEAU_DENSE_STAGES, 1)
  setI32(at + abi.TABLEAU_END, -1)
  setI32(at + abi.TABLEAU_B, arena.bytes(8))
  setI32(at + abi.TABLEAU_ORDER, 1)
  setI32(at + abi.TABLEAU_MAP, 1)
  return at
}

/** The rows of a step without their zeros (abi, TABLEAU_TERMS). */
function terms(arena: Arena, { stages, denseStages, a, b }: CompiledTableau): Pointer {
  const table = arena.bytes(4 * (stages + 2))
  let at = arena.bytes(abi.TERM_SIZE * (stages + 1) * stages)
  for (let i = 0; i <= stages; i++) {
    setI32(table + 4 * i, at)
    for (let j = 0; j < i; j++) {
      const weight = (i < stages ? a[i * denseStages + j] : b[j]) as number
      if (weight === 0) continue
      setF64(at, weight)
      setI32(at + abi.TERM_STAGE, 4 * j)
      at += abi.TERM_SIZE
    }
  }
  setI32(table + 4 * (stages + 1), at)
  return table
}

/** The tableau as the core reads it (abi, TABLEAU_*). */
export function tableauPointer(tableau: Step, dtype: Dtype): Pointer {
  if (tableau === MAP) {
    mapPointer ??= layOutMap()
    return mapPointer
  }
  const known = laidOut[dtype].get(tableau)
  if (known !== undefined) return known
  const t = compile(tableau)
  if (t.denseStages > abi.MAX_STAGES) {
    throw new RangeError(`tableau ${t.name} must have at most ${abi.MAX_STAGES} stages, got ${t.denseStages}`)
  }
  const arena = new Arena()
  arena.ownedBy(tableau)
  const at = arena.bytes(abi.TABLEAU_SIZE)
  setWords(at, [
    [abi.TABLEAU_STAGES, t.stages],
    [abi.TABLEAU_ORDER, t.order],
    [abi.TABLEAU_END, t.endStage],
    [abi.TABLEAU_DENSE_STAGES, t.denseStages],
    [abi.TABLEAU_DEGREE, t.denseDegree],
    [abi.TABLEAU_C, arena.copy('f64', t.c)],
    [abi.TABLEAU_A, arena.copy(dtype, t.a)],
    [abi.TABLEAU_B, arena.copy(dtype, t.b)],
    [abi.TABLEAU_ERROR, arena.copy(dtype, t.error)],
    [abi.TABLEAU_ERROR_LOW, t.errorLow ? arena.copy(dtype, t.errorLow) : 0],
    [abi.TABLEAU_DENSE, arena.copy('f64', t.dense)],
    [abi.TABLEAU_ROSENBROCK, t.rosenbrock ? arena.copy('f64', t.rosenbrock) : 0],
    [abi.TABLEAU_TERMS, terms(arena, t)],
    [abi.TABLEAU_WATCH, t.watch ? arena.copy('f64', t.watch) : 0],
  ])
  laidOut[dtype].set(tableau, at)
  return at
}
