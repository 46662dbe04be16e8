/** The exact flow of one state through the regions of a field of units. */

import { firstExit } from './first-exit.ts'
import { type Bounds, resolution, type Stand } from './flow-bounds.ts'
import type { ReluField } from './relu-field.ts'
import { dotAt, inputsOf, largest, matrixOf, normOf, Region, times } from './relu-region.ts'

/** A stay in one region: it begins with `y` at `elapsed` units of time from the start of the solve. */
export interface Piece {
  readonly elapsed: number
  readonly y: Float64Array
  /** 1 for the units that are on. */
  readonly on: Uint8Array
}

/** Unit `unit` has come to be on, or off, `elapsed` units of time from the start. */
export interface Flip {
  readonly elapsed: number
  readonly unit: number
  readonly on: boolean
}

/** How often something may be done. */
export interface Limits {
  readonly maxPieces: number
  readonly maxStretches: number
}

/** What it took. */
export interface Counts {
  nfe: number
  stretches: number
  shortest: number
  longest: number
  pieces: number
  exponentials: number
}

/** The flow of one state. */
export interface RowFlow {
  readonly pieces: readonly Piece[]
  readonly flips: readonly Flip[]
  /** Time reached; the state there where that is not all of it, and why it is not. */
  readonly elapsed: number
  readonly y: Float64Array
  readonly failure?: 'max pieces' | 'max stretches' | 'non-finite field' | 'non-finite state' | undefined
  /** The component at fault, -1 if none is. */
  readonly component: number
}

/** Terms of a Taylor series of length 1 / |M|, and the rest: 1 / 19! + 1 / 20! + ... of |f| / |M|. */
const DEGREE = 18
const REST: number = 2 ** -56

/** Where a unit that was at zero goes to: the first derivative that is not 0, or Infinity. */
type Leads = ReadonlyMap<number, number>

/** The end of a piece: so long after its beginning, within a stretch of length h, these units pass through zero. */
interface Exit {
  readonly s: number
  readonly h: number
  readonly units: readonly number[]
}

/** One row of a solve, from its start through one region after the other. */
export class RowSolve {
  readonly #bounds: Bounds
  readonly #field: ReluField
  readonly #direction: number
  readonly #span: number
  readonly #limits: Limits
  readonly #counts: Counts
  readonly #flips: Flip[] = []
  readonly #pieces: Piece[] = []
  #stretches = 0
  /** How far it came. */
  #end: Pick<RowFlow, 'elapsed' | 'y' | 'failure' | 'component'> = { elapsed: 0, y: new Float64Array(0), component: -1 }

  constructor(bounds: Bounds, direction: number, span: number, limits: Limits, counts: Counts) {
    this.#bounds = bounds
    this.#field = bounds.field
    this.#direction = direction
    this.#span = span
    this.#limits = limits
    this.#counts = counts
  }

  /** Goes from `y` to the end of the span. */
  run(y: Float64Array): RowFlow {
    this.#reach(0, y)
    let on = Uint8Array.from(inputsOf(this.#field, y), (v) => Number(v > 0))
    let leads = this.#decide(this.#stand(y, on), on, 0, [])
    for (let elapsed = 0; ; ) {
      this.#pieces.push({ elapsed, y, on })
      const region = new Region(this.#field, this.#direction, y, on)
      const exit = this.#search(region, elapsed, on, leads)
      if (exit === undefined) break
      const start = elapsed
      // Time must pass, or the same would be found for ever.
      elapsed += Math.max(exit.s, 2 * Number.EPSILON * elapsed)
      const next = this.#move(region, start, Math.min(elapsed, this.#span))
      if (next === undefined || elapsed >= this.#span) break
      if (this.#pieces.length >= this.#limits.maxPieces) {
        this.#fail('max pieces')
        break
      }
      const before = on
      on = on.slice()
      y = next
      leads = this.#decide(this.#stand(y, on), on, Math.min(exit.s, exit.h), exit.units)
      for (const [unit, now] of on.entries())
        if (now !== before[unit]) this.#flips.push({ elapsed, unit, on: now === 1 })
    }
    this.#counts.pieces += this.#pieces.length
    return { ...this.#end, pieces: this.#pieces, flips: this.#flips }
  }

  #reach(elapsed: number, y: Float64Array): void {
    this.#end = { elapsed, y, component: -1 }
  }

  #fail(failure: RowFlow['failure'], component = -1): void {
    this.#end = { ...this.#end, failure, component }
  }

  #stand(y: Float64Array, on: Uint8Array): Stand {
    this.#counts.nfe++
    return this.#bounds.stand(this.#direction, y, on)
  }

  /** The state in a region that began at `start`, at a later time; undefined where it is not finite. */
  #move(region: Region, start: number, elapsed: number): Float64Array | undefined {
    const y = region.at(elapsed - start)
    this.#counts.exponentials++
    const component = y.findIndex((v) => !Number.isFinite(v))
    if (component < 0) {
      this.#reach(elapsed, y)
      return y
    }
    this.#fail('non-finite state', component)
    return undefined
  }

  /**
   * Which units are on behind a state: those at zero by the first of their derivatives that is not 0. It does not matter what
   * the ones do that have none up to the k-th: the (k + 1)-th derivatives have v_i times these in them. Where no derivative
   * up to the n-th is left, by Cayley and Hamilton none is: the unit stays at zero, and as it was.
   */
  #decide(stand: Stand, on: Uint8Array, h: number, exited: readonly number[]): Leads {
    const leads = new Map<number, number>()
    let open = [...on.keys()].filter(
      (i) => exited.includes(i) || Math.abs(stand.z[i] as number) <= this.#bounds.floor(stand, i, h),
    )
    let [v, sizes] = [stand.f, stand.sizes]
    for (let k = 1; k <= this.#field.n && open.length > 0; k++) {
      if (k > 1) {
        const M = matrixOf(this.#field, this.#direction, on)
        const norm = normOf(M, this.#field.n)
        if (norm === 0) break
        v = times(M, v).map((x) => x / norm)
        sizes = times(M.map(Math.abs), sizes).map((x) => x / norm)
      }
      open = open.filter((i) => {
        const derivative = dotAt(this.#field.W, i * v.length, v)
        if (Math.abs(derivative) <= this.#bounds.least(sizes, i)) return true
        on[i] = Number(derivative > 0)
        leads.set(i, k)
        return false
      })
    }
    for (const i of open) leads.set(i, Infinity)
    return leads
  }

  /** The first exit from a region, stretch by stretch; undefined where the span or something else ends first. */
  #search(region: Region, start: number, on: Uint8Array, leads: Leads): Exit | undefined {
    let [elapsed, y] = [start, region.start]
    for (let fresh = leads; ; fresh = NONE) {
      const left = this.#span - elapsed
      if (left <= 0) return undefined
      if (this.#stretches++ >= this.#limits.maxStretches) {
        this.#fail('max stretches')
        return undefined
      }
      const stand = this.#stand(y, on)
      const component = stand.f.findIndex((v) => !Number.isFinite(v))
      if (component >= 0 || !Number.isFinite(largest(stand.sizes))) {
        this.#fail('non-finite field', Math.max(component, 0))
        return undefined
      }
      const leap = this.#leap(region, stand, on)
      const h = Math.min(left, Math.max(leap, 1 / region.norm))
      const exit = leap >= h ? undefined : this.#firstExit(region, elapsed, stand, on, fresh, h)
      this.#count(exit === undefined ? h : exit.s)
      if (exit !== undefined) return { ...exit, s: elapsed - start + exit.s }
      elapsed = h === left ? this.#span : elapsed + h
      const next = this.#move(region, start, elapsed)
      if (next === undefined) return undefined
      y = next
    }
  }

  #count(length: number): void {
    const counts = this.#counts
    counts.stretches++
    counts.shortest = Math.min(counts.shortest, length)
    counts.longest = Math.max(counts.longest, length)
  }

  /** A time in which no unit can reach zero, from the logarithmic norm: |y(s) - y| <= |f| (e^(s growth) - 1) / growth. */
  #leap({ growth }: Region, stand: Stand, on: Uint8Array): number {
    const speed = largest(stand.f)
    if (speed === 0) return Infinity
    let room = Infinity
    for (const [i, length] of this.#bounds.lengths.entries()) {
      const inside = on[i] === 1 ? (stand.z[i] as number) : -(stand.z[i] as number)
      if (length > 0) room = Math.min(room, (inside - this.#bounds.floor(stand, i, 0)) / length)
    }
    if (growth < 0 && room * -growth > speed) return Infinity
    // While s growth <= 1, (e^(s growth) - 1) / growth <= 1.72 s.
    return growth > 0 ? Math.min(1 / growth, room / (1.72 * speed)) : room / speed
  }

  /** The first exit within h <= 1 / |M|, with what happens at the same time as far as times can be told apart. */
  #firstExit(region: Region, elapsed: number, stand: Stand, on: Uint8Array, leads: Leads, h: number): Exit | undefined {
    const { W, n } = this.#field
    // No input moves by more than the sum of its series, |w| |f| h (1 + 1/2! + 1/3! + ...).
    const reach = 1.72 * largest(stand.f) * h
    let series: readonly Float64Array[] | undefined
    const exits: { unit: number; s: number }[] = []
    for (const [i, length] of this.#bounds.lengths.entries()) {
      const [lead, z] = [leads.get(i) ?? 0, (on[i] === 1 ? 1 : -1) * (stand.z[i] as number)]
      if (lead > DEGREE || z > length * reach) continue
      series ??= taylor(region.M, stand.f, h)
      const c = Float64Array.from([z, ...series.map((a) => (on[i] === 1 ? 1 : -1) * dotAt(W, i * n, a))])
      const slope = h * this.#bounds.least(stand.sizes, i) + REST * length * reach
      // What is 0 by decree is divided by x^lead, which leaves a polynomial with the same sign that is not 0 where it begins.
      const floor = lead === 0 ? { at0: this.#bounds.floor(stand, i, 0), slope } : { at0: slope, slope: 0 }
      const x = firstExit(c.subarray(lead), floor)
      if (x !== undefined) exits.push({ unit: i, s: x * h })
    }
    if (exits.length === 0) return undefined
    const first = Math.min(...exits.map(({ s }) => s))
    const together = first + resolution(elapsed + first)
    return { s: first, h, units: exits.filter(({ s }) => s <= together).map(({ unit }) => unit) }
  }
}

const NONE: Leads = new Map()

/** The terms h f, h^2 M f / 2, ... of y(t + h x) - y(t) as a series in x. */
function taylor(M: Float64Array, f: Float64Array, h: number): Float64Array[] {
  const terms = [f.map((v) => h * v)]
  for (let k = 2; k <= DEGREE; k++) terms.push(times(M, terms[k - 2] as Float64Array).map((v) => (h / k) * v))
  return terms
}
