/** Stands in for row-solves.ts in `relode/inference`, where drive.inference.ts refuses `control`. */
export const solveRows = (): undefined => undefined
