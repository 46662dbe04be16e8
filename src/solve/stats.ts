import type { Stats } from '../core/errors.ts'

/** What both have cost. */
export function addStats(a: Stats | undefined, b: Stats): Stats {
  if (a === undefined) return b
  return {
    nfe: a.nfe + b.nfe,
    steps: a.steps + b.steps,
    accepted: a.accepted + b.accepted,
    rejected: a.rejected + b.rejected,
    dtMin: a.accepted && b.accepted ? Math.min(a.dtMin, b.dtMin) : a.dtMin + b.dtMin,
    dtMax: Math.max(a.dtMax, b.dtMax),
    njev: a.njev + b.njev,
    nlu: a.nlu + b.nlu,
    kinks: a.kinks + b.kinks,
    stiff: a.stiff ?? b.stiff,
    ...(b.rtolFloor !== undefined && { rtolFloor: b.rtolFloor }),
  }
}
