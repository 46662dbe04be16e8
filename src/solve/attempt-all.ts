import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { getF64, getI32, getPointer, guarded, setF64, setI32, verbs } from '../core/boundary.ts'
import { compile } from '../tableaus/tableau.ts'
import type { Solve } from './solve.ts'
import { MAP } from './tableau-memory.ts'

/** Can solves like this one take their steps together in the core? Those that have to wait for anyone cannot. */
function together({ at, task: { stepping, company } }: Solve): boolean {
  const { kind, tableau, stops, rest, maxNfe = Infinity } = stepping
  if (kind !== abi.STEPS_ADAPTIVE || tableau === MAP || compile(tableau).rosenbrock) return false
  if (stops || rest || maxNfe < Infinity || company?.budget) return false
  if (getPointer(at + abi.SOLVE_KINKS) || getPointer(getPointer(at + abi.SOLVE_TABLEAU) + abi.TABLEAU_TWIN))
    return false
  const field = getPointer(at + abi.SOLVE_FIELD)
  const timeless = getF64(field + abi.FIELD_SPAN) === 0 && getPointer(field + abi.FIELD_SIGNAL) === 0
  return getI32(field + abi.FIELD_KIND) === abi.FIELD_PROGRAM && timeless
}

/** Runs solves of one field and one way of stepping, each of one row, and returns how each ended. The bits are those of each alone. */
export function attemptAll(solves: readonly Solve[]): number[] {
  const [first] = solves
  if (first === undefined || !together(first)) return solves.map((solve) => solve.attempt())
  const arena = new Arena()
  try {
    const table = arena.bytes(4 * solves.length)
    for (const [i, { at }] of solves.entries()) {
      setI32(table + 4 * i, at)
      setF64(at + abi.SOLVE_STOP, Number.NaN)
    }
    guarded(() => verbs(first.task.dtype).solveRows(table, solves.length, arena.pointer))
    return solves.map(({ at }) => getI32(at + abi.SOLVE_STATUS))
  } finally {
    arena.free()
  }
}
