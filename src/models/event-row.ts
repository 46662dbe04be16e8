import { Arena } from '../core/arena.ts'
import { copy, guarded, type Pointer, read, sizeOf, type Vector, verbs } from '../core/boundary.ts'
import { type Course, Flight, land } from './event-flight.ts'

/** What a row goes through, from flight to flight. */
export interface Way extends Course {
  /** Events to run to; with `observed` the most there may be. */
  readonly count: number
  readonly start: number
  /** The time by which all events must have happened. */
  readonly end: number
  /** The times whose states are the outputs, instead of the events. */
  readonly observed: Float64Array | undefined
}

/** The flights of one row. */
export type Row = readonly Flight[]

/** What a row has given. */
interface Flown {
  readonly outputs: number[]
  readonly nfe: number
}

/** Flies one row; `flights` receives its flights where they are wanted. */
export function flyRow(way: Way, row: number, y0: Vector, flights: Flight[] | undefined): Flown {
  return way.observed === undefined ? toEvents(way, row, y0, flights) : pastEvents(way, way.observed, row, y0, flights)
}

/** From event to event: their times, and the states before the jumps. */
function toEvents(way: Way, row: number, y0: Vector, flights: Flight[] | undefined): Flown {
  const { count, start, end } = way
  const outputs: number[] = []
  let [t, y, nfe] = [start, y0, 0]
  for (let k = 0; k < count; k++) {
    const landing = land(way, t, y, Float64Array.of(end))
    if (!landing.landed)
      throw new RangeError(
        `event ${k} of row ${row} did not happen by t = ${end}: raise the end in t, or the start is wrong`,
      )
    // Nothing is seen but the event itself.
    nfe += landing.nfe + keep(way, t, y, { ...landing, times: new Float64Array(0) }, flights)
    outputs.push(landing.t, ...landing.y)
    t = landing.t
    y = way.jump?.forward(landing.y, t) ?? landing.y
  }
  return { outputs, nfe }
}

/** Past as many events as there are, to the last of the times: the states at all of them. */
function pastEvents(way: Way, observed: Float64Array, row: number, y0: Vector, flights: Flight[] | undefined): Flown {
  const outputs: number[] = []
  let [t, y, nfe, seen] = [way.start, y0, 0, 0]
  for (let events = 0; ; events++) {
    const landing = land(way, t, y, observed.subarray(seen))
    seen += landing.times.length
    const over = seen === observed.length
    // An event at the very last time moves nothing that is seen.
    nfe += landing.nfe + keep(way, t, y, { ...landing, landed: landing.landed && !over }, flights)
    for (const state of landing.states) outputs.push(...state)
    if (over) return { outputs, nfe }
    if (events === way.count)
      throw new RangeError(
        `row ${row} has more than ${way.count} events, the next at t = ${landing.t}: raise count, or they follow each other without end`,
      )
    t = landing.t
    y = way.jump?.forward(landing.y, t) ?? landing.y
  }
}

/** Keeps a flight where it is wanted. Returns the evaluations that took. */
function keep(
  way: Way,
  ...[t, y, landing, flights]: [number, Vector, ReturnType<typeof land>, Flight[] | undefined]
): number {
  if (flights === undefined) return 0
  const flight = new Flight(way, t, y, landing)
  flights.push(flight)
  return flight.nfe
}

/** The transpose of a row, its last flight first. `gy`: cotangent of its outputs, `gx` receives that of its start. */
export function pullRow(
  way: Way,
  row: Row,
  gy: Pointer,
  gx: Pointer,
  gp: Pointer,
): { readonly start: number; readonly nfe: number } {
  const { dtype, field, jump, parameters, observed } = way
  const [n, size, scratch] = [field.dim, sizeOf(dtype), new Arena()]
  const bytes = n * size
  let [start, nfe, seen] = [0, 0, observed?.length ?? 0]
  try {
    // Cotangents of where a flight begins, and of the state at the event before it.
    const [begun, ended] = [scratch.zeros(dtype, n), scratch.zeros(dtype, n)]
    for (let k = row.length - 1; k >= 0; k--) {
      const flight = row[k] as Flight
      const own = gy + k * (1 + n) * size
      copy(ended, begun, bytes)
      if (jump !== undefined && k < row.length - 1) {
        const [at, y] = [scratch.copy(dtype, flight.y), scratch.zeros(dtype, n)]
        const to = parameters.charge(2, gp)
        start += guarded(() =>
          verbs(dtype).applyTranspose(jump.ready(), scratch.pointer, 1, flight.t, at, begun, ended, to, y),
        )
      }
      if (observed === undefined) {
        verbs(dtype).axpy(n, 1, own + size, ended)
        start += read(dtype, own, 1)[0] as number
      }
      seen -= flight.seen
      const swept = flight.pull(start, ended, gy + seen * bytes, begun, gp)
      start = swept.start
      nfe += swept.nfe
    }
    copy(gx, begun, bytes)
    return { start, nfe }
  } finally {
    scratch.free()
  }
}
