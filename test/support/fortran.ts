/**
 * Evaluations that Hairer's Fortran takes, by problem and tolerance: dopri5.f and dop853.f as SciPy 1.13.1 wraps them
 * (`scipy.integrate.ode`, rtol = atol, nsteps without bound, dfactor 0.333 for dop853), counted in Python. Not those of SciPy
 * 1.17.1, whose port of dop853 halves the step once more after a rejection.
 */
export const FORTRAN: Readonly<
  Record<string, { readonly dopri5: readonly number[]; readonly dop853: readonly number[] }>
> = {
  A3: { dopri5: [152, 440, 1478], dop853: [202, 414, 964] },
  A4: { dopri5: [38, 104, 320], dop853: [50, 85, 179] },
  B1: { dopri5: [284, 854, 2816], dop853: [436, 723, 1641] },
  B5: { dopri5: [146, 482, 1580], dop853: [247, 437, 812] },
  C1: { dopri5: [104, 230, 782], dop853: [98, 170, 338] },
  D1: { dopri5: [170, 458, 1802], dop853: [191, 359, 746] },
  D5: { dopri5: [500, 1382, 3818], dop853: [775, 1434, 2991] },
  E1: { dopri5: [110, 386, 1490], dop853: [110, 218, 482] },
  E2: { dopri5: [356, 1088, 3356], dop853: [462, 1088, 2123] },
  AREN: { dopri5: [332, 986, 3212], dop853: [427, 1035, 2184] },
  LRNZ10: { dopri5: [614, 2060, 7898], dop853: [883, 1711, 3774] },
  BRUS: { dopri5: [320, 830, 2672], dop853: [458, 825, 1684] },
  SPIRAL3: { dopri5: [398, 1256, 4394], dop853: [544, 1063, 2494] },
}
/** rtol = atol of each count. */
export const TOLERANCES: readonly number[] = [1e-3, 1e-6, 1e-9]
