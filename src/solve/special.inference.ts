/** Stands in for special.ts in `relode/inference`, where drive.inference.ts refuses what that is for. */

export function withDerivatives<R>(_options: object, _field: object, run: () => R): R {
  return run()
}

export const withEvents = (): undefined => undefined

export { withEvents as bySample }
