/**
 * Bodies under gravity, with a known end. D1 ... D5, C5: DETEST (two bodies; the five outer planets). AREN: Arenstorf orbit, PLEI:
 * Pleiades, seven stars in the plane (Hairer, Norsett, Wanner I, II.10). End values: extrapolation in 113-bit floats, two runs that
 * agree to 19 digits or more.
 */

import { type Four, type Problem, problem, type Vector } from './problem.ts'

/** Two bodies, eccentricity e. */
function orbit(e: number, y1: readonly number[]): Problem {
  return problem<Four>(20, [1 - e, 0, 0, Math.sqrt((1 + e) / (1 - e))], y1, (_, y, dy) => {
    const r2 = y[0] * y[0] + y[1] * y[1]
    const r3 = r2 * Math.sqrt(r2)
    dy[0] = y[2]
    dy[1] = y[3]
    dy[2] = -y[0] / r3
    dy[3] = -y[1] / r3
  })
}

const MU = 0.012277471
const REST = 1 - MU

const arenstorf = (_: number, y: Four, dy: Four): void => {
  const a = y[0] + MU
  const b = y[0] - REST
  const r1 = a * a + y[1] * y[1]
  const r2 = b * b + y[1] * y[1]
  const d1 = REST / (r1 * Math.sqrt(r1))
  const d2 = MU / (r2 * Math.sqrt(r2))
  dy[0] = y[2]
  dy[1] = y[3]
  dy[2] = y[0] + 2 * y[3] - d1 * a - d2 * b
  dy[3] = y[1] - 2 * y[2] - d1 * y[1] - d2 * y[1]
}

/** Star i, from 0, has the mass i + 1; y has all x, all y, and their derivatives. */
const pleiades = (_: number, y: Vector, dy: Vector): void => {
  for (let i = 0; i < 7; i++) {
    let [p, q] = [0, 0]
    for (let j = 0; j < 7; j++) {
      const [dx, dz] = [(y[j] as number) - (y[i] as number), (y[7 + j] as number) - (y[7 + i] as number)]
      const r3 = (dx * dx + dz * dz) ** 1.5
      if (j !== i) {
        p += ((j + 1) * dx) / r3
        q += ((j + 1) * dz) / r3
      }
    }
    dy[14 + i] = p
    dy[21 + i] = q
  }
  dy.set(y.subarray(14))
}

const SUN = 1.00000597682
const PLANETS = [0.954786104043e-3, 0.285583733151e-3, 0.437273164546e-4, 0.517759138449e-4, 0.277777777778e-5]

const planets = (_: number, y: Vector, dy: Vector): void => {
  const place = (j: number): Vector => y.subarray(3 * j, 3 * j + 3)
  const cubed = ([a, b, c]: Vector): number => Math.hypot(a as number, b as number, c as number) ** 3
  dy.set(y.subarray(15))
  for (let j = 0; j < 5; j++) {
    const here = place(j)
    const pull = here.map((x) => (-(SUN + (PLANETS[j] as number)) * x) / cubed(here))
    for (let k = 0; k < 5; k++) {
      if (k === j) continue
      const [other, mass] = [place(k), PLANETS[k] as number]
      const apart = other.map((x, i) => x - (here[i] as number))
      const [near, far] = [cubed(apart), cubed(other)]
      for (let i = 0; i < 3; i++) {
        pull[i] = (pull[i] as number) + mass * ((apart[i] as number) / near - (other[i] as number) / far)
      }
    }
    dy.set(
      pull.map((a) => 2.95912208286 * a),
      15 + 3 * j,
    )
  }
}

export const orbits: Readonly<Record<string, Problem>> = {
  C5: problem(
    20,
    [
      3.42947415189, 3.35386959711, 1.35494901715, 6.6414554255, 5.97156957878, 2.18231499728, 11.2630437207,
      14.6952576794, 6.27960525067, -30.1552268759, 1.65699966404, 1.43785752721, -21.123835338, 28.4465098142,
      15.3882659679, -0.557160570446, 0.505696783289, 0.230578543901, -0.415570776342, 0.365682722812, 0.169143213293,
      -0.325325669158, 0.189706021964, 0.087726532278, -0.024047625417, -0.287659532608, -0.117219543175,
      -0.176860753121, -0.216393453025, -0.014864789309,
    ],
    [
      -4.792730224323635, -2.420550725449022, -0.9212509306015119, -4.217310404035214, 7.35620294749897,
      3.2237859854212116, 4.035559443262271, 17.19865528670555, 7.478910794233703, -29.987593263248442,
      -4.107310937550929, -0.9277008321754409, -24.42125302518483, 23.814590457465545, 14.920963069513588,
      0.3499208963063997, -0.5748487687912803, -0.25516940208791444, -0.5237040978903326, -0.24930004635796618,
      -0.08045341642044465, -0.38752892373341097, 0.05648603288767892, 0.03023606472143343, 0.041338565467124465,
      -0.2862393029841379, -0.1183032405136207, -0.15119864573592057, -0.24600688943187657, -0.03189687411323877,
    ],
    planets,
  ),
  D1: orbit(0.1, [0.21988353520083967, 0.9427076846341813, -0.9787659841058176, 0.3287977990962036]),
  D2: orbit(0.3, [-0.17770273571404116, 0.9467784719905893, -1.0302941631929696, 0.12110748900539521]),
  D4: orbit(0.7, [-0.9538990293416394, 0.6907409024219432, -0.8212674270877434, -0.15395742591258246]),
  D5: orbit(0.9, [-1.2952662509875743, 0.4003938963792322, -0.6775390924707566, -0.12708381542781863]),
  AREN: problem(17.06521656015796, [0.994, 0, 0, -2.0015851063790824], [0.994, 0, 0, -2.0015851063790824], arenstorf),
  PLEI: problem(
    3,
    [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0],
    [
      0.37061391439705127, 3.237284092057233, -3.2225590324183235, 0.6597091455775308, 0.342558170715658,
      1.5621721014006311, -0.7003092922212495, -3.943437585517392, -3.27138097397255, 5.225081843456544,
      -2.5906124349774693, 1.1982136933922747, -0.24296823449358235, 1.0914492404289797, 3.4170038063143147,
      1.3545845016255011, -2.5900655978107756, 2.025053734714241, -1.155815100160449, -0.8072988170223022,
      0.5952396354208719, -3.7412449612340084, 0.3773459685750629, 0.9386858869551079, 0.36679222272005696,
      -0.3474046353808494, 2.344915448180937, -1.947020434263292,
    ],
    pleiades,
  ),
}
