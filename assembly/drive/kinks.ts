import {
  FIELD_DIM, FIELD_OPS, FIELD_OP_COUNT, FIELD_WIDTHS, KINK_DEGREE, KINK_END, KINK_FLIPS, KINK_MATRIX, KINK_NODES, KINK_OPEN, KINK_REACH,
  KINK_SAMPLES, KINK_SPAN, KINK_SPANS, KINK_TOLERANCE, KINK_WORK, MAX_STAGES, OP_BYTES, OP_DST, SOLVE_ACCEPTED, SOLVE_ARENA,
  SOLVE_BATCH, SOLVE_EVAL, SOLVE_FIELD, SOLVE_H, SOLVE_K, SOLVE_KEEP_STAGES, SOLVE_KINKS, SOLVE_SLOTS, SOLVE_T, SOLVE_T1, SOLVE_TABLEAU, SOLVE_Y,
  SOLVE_Y_NEXT, SOLVE_Y_STAGE, TABLEAU_END,
} from '../abi'
import { bernsteinAt, firstBelow, LEVELS } from '../kernels/bernstein'
import { bytesOf, valueAt } from '../kernels/either'
import { pow64 } from '../kernels/math'
import { nextSuspect } from '../kernels/suspects'
import { arenaAlloc } from '../memory/arena'
import { room } from '../memory/room'
import {
  heldAnew, heldAt, heldFlip, heldFlipped, heldInputs, heldNew, HELD_INPUTS, HELD_SLOPES, heldSwap, heldUse, kinked, lowSlope, unitsOf,
} from '../program/held'
import { EVAL_HELD, evaluateEither } from '../program/run'
import { width } from '../program/ops'
import { denseStages } from '../step/runge-kutta'
import { interpolateEither, reached } from './outputs'

// Kinks located. During a step the pattern of the units is held, so that the field is smooth. A step that would be accepted is searched
// for the first unit whose input changes sign along its dense output; there the step ends, on the dense output, and the unit flips. The
// field is continuous across a kink, so nothing else changes.
//
// The inputs of all units are polynomials along a step, known from samples. Where the field is affine under the pattern the samples are
// those of the stages, which cost nothing and leave one number open; one look at the place in question closes it. Otherwise they
// are evaluations along the step.

/** One state, for derivatives that nobody needs. */
const SCRATCH: usize = KINK_WORK
const SPANS_CAPACITY: usize = KINK_WORK + 4
/** The pattern, and the step from which on nothing is held any more. */
const PATTERN: usize = KINK_WORK + 8
const UNTIL: usize = KINK_WORK + 12
/** Has a unit flipped at an end of the step at hand? */
const TURNED: usize = KINK_WORK + 16
/** What is taken for nothing of the step at hand, and where the last look was (f64). */
const LEAST: usize = KINK_WORK + 24
const LOOKED: usize = KINK_WORK + 32
/** Kinks of late, and steps of the length that was planned (f64). */
const CUTS: usize = KINK_WORK + 40
const PLANNED: usize = KINK_WORK + 48

/** Parts of a step that are taken for nothing: kinks so near to each other are one, so near to an end of the step at that end. */
const SPLINTER: f64 = 1e-10
/** The same in roundings of t. */
const ROUNDINGS: f64 = 4
/** The block of inputs behind all samples. */
const BEHIND: i32 = 255
/** Halvings of the step that tell where to look first. */
const ROUGHLY: i32 = 20
/** Looks at a place before it is taken as it is. */
const LOOKS: i32 = 8
/** Two places so near to each other, in parts of the step, are one. */
const SAME: f64 = 1e-13
/**
 * Kinks in a planned step above which locating does not pay, DENSE tol^-POWER. Measured: a kink costs 8 evaluations, and plain steps
 * want about tol^-1/2 for the whole way, of which there are some tol^-1/5 planned ones (bench/kinks.mjs).
 */
const DENSE: f64 = 0.1
const POWER: f64 = 0.3
/** Planned steps that the judgement remembers. */
const MEMORY: f64 = 4
/** Roundings that the input of a unit may be made of, besides those of the sum of samples that it is, and still be 0. */
const SLACK: f64 = 32

/** Samples and coefficients of the unit at hand, and room to work on them. */
const values: usize = memory.data((MAX_STAGES + 1) * 8)
const coefficients: usize = memory.data(16 * 8)
const scratch: usize = memory.data(16 * 8)

@inline
function held(s: usize): usize {
  return load<usize>(load<usize>(s, SOLVE_EVAL), EVAL_HELD)
}

/** Are kinks located in the steps to come? */
@inline
export function locating(s: usize): bool {
  return WHOLE && load<usize>(s, SOLVE_KINKS) != 0 && held(s) != 0
}

/** Prepares a solve for it, once it has its evaluator. */
export function prepareKinks(s: usize, bytes: usize, wide: bool): void {
  const q = load<usize>(s, SOLVE_KINKS), arena = load<usize>(s, SOLVE_ARENA)
  const blocks = max<i32>(load<i32>(q, KINK_SAMPLES), denseStages(load<usize>(s, SOLVE_TABLEAU)))
  const h = heldNew(arena, load<usize>(s, SOLVE_FIELD), load<i32>(s, SOLVE_BATCH), blocks, wide)
  store<usize>(load<usize>(s, SOLVE_EVAL), h, EVAL_HELD)
  store<usize>(q, h, PATTERN)
  store<i32>(q, i32.MAX_VALUE, UNTIL)
  store<f64>(q, 0, CUTS)
  store<f64>(q, 0, PLANNED)
  store<usize>(q, arenaAlloc(arena, bytes), SCRATCH)
  store<i32>(q, 0, KINK_FLIPS)
  store<usize>(q, 0, KINK_SPANS)
  store<i32>(q, 0, SPANS_CAPACITY)
}

/** The drive begins, or begins anew where the field may have jumped: the units follow their signs. */
export function beginKinks(s: usize): void {
  if (!locating(s)) return
  heldAnew(held(s), load<i32>(s, SOLVE_ACCEPTED))
  heldAt(held(s), 0)
}

/** The next evaluations are the stages of a step from stage i on. */
export function fromStage(s: usize, i: i32): void {
  if (locating(s)) heldAt(held(s), i)
}

/** Brings the pattern to what it was in step `index`. */
export function patternOf(s: usize, index: i32, wide: bool): void {
  const q = load<usize>(s, SOLVE_KINKS)
  if (!q) return
  const h = load<usize>(q, PATTERN)
  store<usize>(load<usize>(s, SOLVE_EVAL), index < load<i32>(q, UNTIL) ? h : 0, EVAL_HELD)
  heldUse(h, index, wide)
  heldAt(h, BEHIND)
}

/** Where the stages of step `index`, which ends at tNext, end. After the solve. */
export function recordedSpan(s: usize, index: i32, tNext: f64): f64 {
  const q = load<usize>(s, SOLVE_KINKS)
  return q ? load<f64>(load<usize>(q, KINK_SPANS) + (<usize>index << 3)) : tNext
}

/** Evaluates at the state of the step at t + theta (tNext - t), and lets the inputs go to block `i`. */
function look(s: usize, n: i32, t: f64, tNext: f64, theta: f64, i: i32, wide: bool): void {
  const h = tNext - t, y = load<usize>(s, SOLVE_Y_STAGE)
  interpolateEither(load<usize>(s, SOLVE_TABLEAU), n, load<usize>(s, SOLVE_K), load<usize>(s, SOLVE_Y), h, theta, y, wide)
  heldAt(held(s), i)
  evaluateEither(load<usize>(s, SOLVE_EVAL), t + theta * h, y, load<usize>(load<usize>(s, SOLVE_KINKS), SCRATCH), wide)
}

/** Takes the samples that the stages have not left. */
function sample(s: usize, n: i32, t: f64, tNext: f64, wide: bool): void {
  const q = load<usize>(s, SOLVE_KINKS), nodes = load<usize>(q, KINK_NODES), last = load<i32>(q, KINK_SAMPLES) - 1
  const end = load<i32>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_END)
  if (end < 0) {
    heldAt(held(s), last)
    evaluateEither(load<usize>(s, SOLVE_EVAL), tNext, load<usize>(s, SOLVE_Y_NEXT), load<usize>(q, SCRATCH), wide)
  } else if (nodes) heldSwap(held(s), end, last)
  if (!nodes) return
  for (let i = 1; i < last; i++) look(s, n, t, tNext, load<f64>(nodes + (<usize>(i - 1) << 3)), i, wide)
}

/** Lets the coefficients at hand take the value z at x, by a share of what is open. */
function close(degree: i32, open: usize, x: f64, z: f64): void {
  const off = z - bernsteinAt(degree, coefficients, x, scratch), share = off / bernsteinAt(degree, open, x, scratch)
  for (let m: usize = 0; m <= <usize>degree << 3; m += 8)
    store<f64>(coefficients + m, load<f64>(coefficients + m) + share * load<f64>(open + m))
}

/**
 * The first part of the step, up to `limit`, at which unit `unit` has the other sign by more than `slack`; Infinity: none. `looked`:
 * where the last look was, 0 = there was none. `index`: the step at hand.
 */
function turn(q: usize, h: usize, unit: i32, index: i32, slack: f64, looked: f64, limit: f64, wide: bool): f64 {
  const samples = load<i32>(q, KINK_SAMPLES), degree = load<i32>(q, KINK_DEGREE)
  const sign: f64 = valueAt(load<usize>(h, HELD_SLOPES), unit, wide) == 1 ? 1 : -1
  for (let i = 0; i < samples; i++) store<f64>(values + (<usize>i << 3), valueAt(heldInputs(h, i), unit, wide))
  let row = load<usize>(q, KINK_MATRIX)
  for (let m: usize = 0; m <= <usize>degree; m++) {
    let sum: f64 = 0
    for (let i: usize = 0; i < <usize>samples << 3; i += 8, row += 8) sum += load<f64>(row) * load<f64>(values + i)
    store<f64>(coefficients + (m << 3), sum)
  }
  if (looked) close(degree, load<usize>(q, KINK_OPEN), looked, valueAt(heldInputs(h, BEHIND), unit, wide))
  for (let m: usize = 0; m <= <usize>degree << 3; m += 8) store<f64>(coefficients + m, sign * load<f64>(coefficients + m) + slack)
  // What has flipped here is at 0, whatever rounding says, and does not flip back.
  const flipped = heldFlipped(h, unit, index)
  if (flipped) store<f64>(coefficients, max<f64>(0, load<f64>(coefficients)))
  const first = firstBelow(degree, coefficients, limit, looked ? LEVELS : ROUGHLY)
  return flipped && first <= load<f64>(q, LEAST) ? Infinity : first
}

/** The largest magnitude among values i ... i + n - 1. */
function largest(i: i32, n: i32, x: usize, wide: bool): f64 {
  let most: f64 = 0
  for (let j = i; j < i + n; j++) most = max<f64>(most, abs<f64>(valueAt(x, j, wide)))
  return most
}

function suspect(q: usize, h: usize, i: i32, n: i32, unit: i32, wide: bool): i32 {
  const inputs = load<usize>(h, HELD_INPUTS), samples = load<i32>(q, KINK_SAMPLES), at = bytesOf(unit, wide)
  const slopes = load<usize>(h, HELD_SLOPES) + at, reach = load<f64>(q, KINK_REACH)
  if (wide) return nextSuspect<f64>(i, n, inputs, samples, at, slopes, reach)
  return nextSuspect<f32>(i, n, inputs, samples, at, slopes, reach)
}

/**
 * The first part of the step at which a unit turns, Infinity if none does. With `upTo` >= 0 it flips those that turn up to there before
 * step `next` instead, and returns how many.
 */
function turns(s: usize, looked: f64, upTo: f64, next: i32, wide: bool): f64 {
  const q = load<usize>(s, SOLVE_KINKS), h = held(s), f = load<usize>(s, SOLVE_FIELD), batch = load<i32>(s, SOLVE_BATCH)
  const w = load<usize>(f, FIELD_WIDTHS), dim = load<i32>(f, FIELD_DIM)
  const roundings = (SLACK + load<f64>(q, KINK_REACH)) * (wide ? f64.EPSILON : <f64>f32.EPSILON)
  let first: f64 = Infinity, flips: f64 = 0, op = load<usize>(f, FIELD_OPS), unit = 0
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (!kinked(op)) continue
    const units = width(w, op, OP_DST), n = batch * units
    let row = -1, slack: f64 = 0
    for (let k = suspect(q, h, 0, n, unit, wide); k < n; k = suspect(q, h, k + 1, n, unit, wide)) {
      if (k / units != row) {
        row = k / units
        const size = largest(unit + row * units, units, heldInputs(h, 0), wide)
        slack = roundings * max<f64>(size, largest(row * dim, dim, load<usize>(s, SOLVE_Y), wide))
      }
      const limit = upTo >= 0 ? upTo : first
      const at = turn(q, h, unit + k, load<i32>(s, SOLVE_ACCEPTED), slack, looked, limit, wide)
      first = min<f64>(first, at)
      if (at > upTo) continue
      heldFlip(h, unit + k, lowSlope(op), next, wide)
      flips++
    }
    unit += unitsOf(op, batch, w, wide)
  }
  return upTo >= 0 ? flips : first
}

/** The first part of the step at which a unit turns, looked at until it stays; Infinity: none. The last look is in LOOKED. */
function locate(s: usize, n: i32, t: f64, tNext: f64, wide: bool): f64 {
  const q = load<usize>(s, SOLVE_KINKS), t1 = load<f64>(s, SOLVE_T1)
  // Beyond the last output nobody looks.
  const limit = reached(s, t1, tNext) ? (t1 - t) / (tNext - t) : 1
  let looked: f64 = 0, theta = turns(s, 0, -1, 0, wide)
  for (let i = 0; i < LOOKS && theta > load<f64>(q, LEAST) && theta <= limit && abs<f64>(theta - looked) > SAME; i++) {
    look(s, n, t, tNext, theta, BEHIND, wide)
    looked = theta
    theta = turns(s, looked, -1, 0, wide)
    if (!load<usize>(q, KINK_NODES)) break
  }
  store<f64>(q, looked, LOOKED)
  return theta <= limit ? theta : Infinity
}

/**
 * Looks for kinks in the step (t, tNext] that is about to be accepted. Returns where it ends: at tNext or at the first kink, with the
 * state there in yNext; or t itself, and the step is to be taken again. Units that turn there have flipped.
 */
export function cut(s: usize, n: i32, t: f64, tNext: f64, wide: bool): f64 {
  const q = load<usize>(s, SOLVE_KINKS), accepted = load<i32>(s, SOLVE_ACCEPTED), h = tNext - t
  const least = max<f64>(SPLINTER, ROUNDINGS * f64.EPSILON * abs<f64>(t / h))
  store<f64>(q, tNext, KINK_SPAN)
  if (!locating(s)) return tNext
  store<f64>(q, least, LEAST)
  store<i32>(q, 0, TURNED)
  sample(s, n, t, tNext, wide)
  const theta = locate(s, n, t, tNext, wide)
  if (theta == Infinity) return tNext
  const end = theta >= 1 - least ? tNext : theta <= least ? t : t + theta * h
  const flips = <i32>turns(s, load<f64>(q, LOOKED), theta + least, accepted + <i32>(end != t), wide)
  store<i32>(q, load<i32>(q, KINK_FLIPS) + flips, KINK_FLIPS)
  store<i32>(q, 1, TURNED)
  store<f64>(s, end - t, SOLVE_H)
  if (end != t && end != tNext) endEarly(s, n, load<usize>(s, SOLVE_Y), t, end, tNext, load<usize>(s, SOLVE_Y_NEXT), wide)
  return end
}

/** yNext = the state at `end`, by the dense output of the step from (t, y) to `span`. */
export function endEarly(s: usize, n: i32, y: usize, t: f64, end: f64, span: f64, yNext: usize, wide: bool): void {
  const h = span - t
  interpolateEither(load<usize>(s, SOLVE_TABLEAU), n, load<usize>(s, SOLVE_K), y, h, (end - t) / h, yNext, wide)
}

/**
 * Notes that a step went `share` of its planned length, to a kink or without one. Have kinks been so many of late that locating them
 * does not pay? A planned step is granted in advance.
 */
function crowded(q: usize, share: f64, kink: bool): bool {
  const tolerance = load<f64>(q, KINK_TOLERANCE), cuts = load<f64>(q, CUTS) + (kink ? 1 : 0), planned = load<f64>(q, PLANNED) + share
  const fade: f64 = planned > MEMORY ? 0.5 : 1
  store<f64>(q, fade * cuts, CUTS)
  store<f64>(q, fade * planned, PLANNED)
  return tolerance > 0 && cuts > DENSE * pow64(tolerance, -POWER) * (planned + 1)
}

/** After the step from t was accepted: is `known`, that k[0] is the derivative at its end, still so? */
export function afterKinks(s: usize, t: f64, known: bool): bool {
  const q = load<usize>(s, SOLVE_KINKS), accepted = load<i32>(s, SOLVE_ACCEPTED), span = load<f64>(q, KINK_SPAN)
  if (load<i32>(s, SOLVE_KEEP_STAGES) || load<i32>(s, SOLVE_SLOTS)) {
    const spans = room(load<usize>(s, SOLVE_ARENA), load<usize>(q, KINK_SPANS), q + SPANS_CAPACITY, accepted - 1, 8)
    store<usize>(q, spans, KINK_SPANS)
    store<f64>(spans + (<usize>(accepted - 1) << 3), span)
  }
  if (!locating(s)) return known
  const kink = load<i32>(q, TURNED) != 0
  if (crowded(q, (load<f64>(s, SOLVE_T) - t) / (span - t), kink)) {
    store<usize>(load<usize>(s, SOLVE_EVAL), 0, EVAL_HELD)
    store<i32>(q, accepted, UNTIL)
    return false
  }
  if (known && !kink) {
    heldSwap(held(s), 0, load<i32>(q, KINK_END))
    return true
  }
  heldAt(held(s), 0)
  return false
}
