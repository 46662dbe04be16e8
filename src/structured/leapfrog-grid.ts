/** A step of a leapfrog: from one node to the next one. */
export interface Node {
  /** The output interval it lies in, its share of that interval, and where in it the step ends, 0 to 1. */
  readonly interval: number
  readonly share: number
  readonly place: number
  /** Length of the step, and the time where it ends. */
  readonly h: number
  readonly t: number
  /** Does it end on the output time behind the interval? */
  readonly output: boolean
}

/** 1 / (2 - 2^(1/3)) and what two of it leave of 1: H. Yoshida, Phys. Lett. A 150 (1990) 262. */
const OUTER = 1.3512071919596575
const WEIGHTS = { 2: [1], 4: [OUTER, 1 - 2 * OUTER, OUTER] } as const

/** More steps than memory could hold the states of. */
const MOST = 2 ** 26

/** The steps between the output times: equal ones, none longer than dt, of which one of order 4 is three. */
export function nodesOf(times: Float64Array, dt: number, order: 2 | 4): Node[] {
  const nodes: Node[] = []
  for (let interval = 0; interval + 1 < times.length; interval++) {
    const [from, to] = [times[interval] as number, times[interval + 1] as number]
    if (from === to) continue
    // 0.3 / 0.1 is a little less than 3, and 0.6 / 0.2 a little more: neither asks for another step.
    const count = Math.max(1, Math.ceil((Math.abs(to - from) / dt) * (1 - 1e-12)))
    if (nodes.length + count > MOST)
      throw new RangeError(`dt must not ask for more than ${MOST} steps, got ${dt} for times up to ${to}`)
    for (let k = 0; k < count; k++) {
      let done = k
      for (const [i, weight] of WEIGHTS[order].entries()) {
        done += weight
        const last = i + 1 === WEIGHTS[order].length
        const place = last ? (k + 1) / count : done / count
        const end = last && k + 1 === count
        const share = weight / count
        nodes.push({
          interval,
          share,
          place,
          h: share * (to - from),
          t: end ? to : from + place * (to - from),
          output: end,
        })
      }
    }
  }
  return nodes
}
