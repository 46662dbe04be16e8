// The problems of the diagrams: those of the tests, and the Pleiades. Imported once for each package (`./problems.mjs?odex` is
// another module to Node): functions that several share would see arrays of several kinds, and run slower for all of them.
const copy = new URL(import.meta.url).search
const { problems: tested } = await import(`../../test/support/problems.ts${copy}`)
// An import inside a copy leads to the original again.
const { orbits } = await import(`../../test/support/orbits.ts${copy}`)

/** Seven stars of masses 1 to 7; y holds x, y, and their velocities. */
function attract(_, y, dy) {
  for (let i = 0; i < 7; i++) {
    let ax = 0
    let ay = 0
    for (let j = 0; j < 7; j++) {
      if (i === j) continue
      const dx = y[j] - y[i]
      const dz = y[j + 7] - y[i + 7]
      const r2 = dx * dx + dz * dz
      const pull = (j + 1) / (r2 * Math.sqrt(r2))
      ax += pull * dx
      ay += pull * dz
    }
    dy[i] = y[i + 14]
    dy[i + 7] = y[i + 21]
    dy[i + 14] = ax
    dy[i + 21] = ay
  }
}

/**
 * Hairer, Norsett, Wanner I, II.10; its end from the same source as those of the tests. Not among these: close encounters magnify
 * a rounding until the number of steps depends on it.
 */
const pleiades = {
  field: attract,
  t1: 3,
  y0: [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0],
  y1: [
    0.37061391439705127, 3.237284092057233, -3.2225590324183235, 0.6597091455775308, 0.342558170715658,
    1.5621721014006311, -0.7003092922212495, -3.943437585517392, -3.27138097397255, 5.225081843456544,
    -2.5906124349774693, 1.1982136933922747, -0.24296823449358235, 1.0914492404289797, 3.4170038063143147,
    1.3545845016255011, -2.5900655978107756, 2.025053734714241, -1.155815100160449, -0.8072988170223022,
    0.5952396354208719, -3.7412449612340084, 0.3773459685750629, 0.9386858869551079, 0.36679222272005696,
    -0.3474046353808494, 2.344915448180937, -1.947020434263292,
  ],
}

/** Those of the tests that bench/peers/work-precision.py has as well. */
const NAMES = 'A1 A2 A3 A4 A5 B1 B2 B3 B5 C1 D1 D5 E1 E2 E5 AREN LRNZ10 BRUS SPIRAL3'.split(' ')

/** By name: the field (t, y, dy), y0 at t = 0, t1, and y1 there. */
export const problems = {
  ...Object.fromEntries(NAMES.map((name) => [name, orbits[name] ?? tested[name]])),
  PLEI: pleiades,
}
