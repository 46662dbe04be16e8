/** Stands in for kinks.ts, where drive.inference.ts refuses what that is for. */

export const layOutKinks = <S>({ tableau }: { readonly tableau: S }): { readonly tableau: S; readonly kinks: 0 } => ({
  tableau,
  kinks: 0,
})

export const stageEnds = (): undefined => undefined

export const rareStats = (): { readonly njev: 0; readonly nlu: 0; readonly stiff: undefined; readonly kinks: 0 } => ({
  njev: 0,
  nlu: 0,
  stiff: undefined,
  kinks: 0,
})
