/** What only the whole core can tell of a solve that failed. */

/** Which value held the step, by its name. */
export function heldBy<F extends { readonly component: number }>(failure: F, name: (failure: F) => string): string {
  return failure.component < 0 ? '' : `; the step is held by ${name(failure)}`
}

/** That a stiff field was the reason, and since when. */
export function stiffSince({ stats }: { readonly stats: { readonly stiff: number | undefined } }): string {
  return stats.stiff === undefined ? '' : ` It is, near t = ${stats.stiff}: use rodas4 from relode/methods.`
}
