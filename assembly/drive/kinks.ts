import {
  SOLVE_ACCEPTED, SOLVE_ARENA, SOLVE_BATCH, SOLVE_EVAL, SOLVE_FIELD, SOLVE_H, SOLVE_K, SOLVE_KEEP_STAGES, SOLVE_KINKS, SOLVE_SLOTS,
  SOLVE_T, SOLVE_T1, SOLVE_TABLEAU, SOLVE_Y, SOLVE_Y_NEXT, SOLVE_Y_STAGE, TABLEAU_END,
} from '../abi'
import { KINK_END, KINK_FLIPS, KINK_NODES, KINK_SAMPLES, KINK_SPAN, KINK_SPANS, KINK_TOLERANCE, KINK_WORK } from '../abi-kinks'
import { pow64 } from '../kernels/math'
import { arenaAlloc } from '../memory/arena'
import { room } from '../memory/room'
import { heldAnew, heldAt, heldNew, heldSwap, heldUse } from '../program/held'
import { EVAL_HELD } from '../program/evaluator'
import { evaluate } from '../program/run'
import { denseStages } from '../step/runge-kutta'
import { interpolate, reached } from './outputs'
import { BEHIND, turns } from './turns'

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
/** How far steps have come of late, and the length that the controller would give the next (f64). */
const PACE: usize = KINK_WORK + 56
const PLAN: usize = KINK_WORK + 64

/** Parts of a step that are taken for nothing: kinks so near to each other are one, so near to an end of the step at that end. */
const SPLINTER: f64 = 1e-10
/** The same in roundings of t. */
const ROUNDINGS: f64 = 4
/** Looks at a place before it is taken as it is. */
const LOOKS: i32 = 8
/** Two places so near to each other, in parts of the step, are one. */
const SAME: f64 = 1e-13
/**
 * Kinks in a planned step above which locating does not pay, DENSE tol^-POWER. Measured: a kink costs 8 evaluations, and plain steps
 * want about tol^-1/2 for the whole way, of which there are some tol^-1/5 planned ones (bench/kinks.mjs).
 */
const DENSE: f64 = 0.15
const POWER: f64 = 0.3
/** Planned steps that the judgement remembers. */
const MEMORY: f64 = 4
/** How much further a step may be tried than steps have come of late: what lies behind many kinks is searched in vain. */
const AHEAD: f64 = 8

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
  store<f64>(q, 0, PACE)
  store<f64>(q, 0, PLAN)
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
  interpolate(load<usize>(s, SOLVE_TABLEAU), n, load<usize>(s, SOLVE_K), load<usize>(s, SOLVE_Y), h, theta, y, false, wide)
  heldAt(held(s), i)
  evaluate(load<usize>(s, SOLVE_EVAL), t + theta * h, y, load<usize>(load<usize>(s, SOLVE_KINKS), SCRATCH), wide)
}

/** Takes the samples that the stages have not left. */
function sample(s: usize, n: i32, t: f64, tNext: f64, wide: bool): void {
  const q = load<usize>(s, SOLVE_KINKS), nodes = load<usize>(q, KINK_NODES), last = load<i32>(q, KINK_SAMPLES) - 1
  const end = load<i32>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_END)
  if (end < 0) {
    heldAt(held(s), last)
    evaluate(load<usize>(s, SOLVE_EVAL), tNext, load<usize>(s, SOLVE_Y_NEXT), load<usize>(q, SCRATCH), wide)
  } else if (nodes) heldSwap(held(s), end, last)
  if (!nodes) return
  for (let i = 1; i < last; i++) look(s, n, t, tNext, load<f64>(nodes + (<usize>(i - 1) << 3)), i, wide)
}

/** The first part of the step at which a unit turns, looked at until it stays; Infinity: none. The last look is in LOOKED. */
function locate(s: usize, n: i32, t: f64, tNext: f64, wide: bool): f64 {
  const q = load<usize>(s, SOLVE_KINKS), t1 = load<f64>(s, SOLVE_T1)
  // Beyond the last output nobody looks.
  const limit = reached(s, t1, tNext) ? (t1 - t) / (tNext - t) : 1
  let looked: f64 = 0, theta = turns(s, held(s), 0, load<f64>(q, LEAST), -1, 0, wide)
  for (let i = 0; i < LOOKS && theta > load<f64>(q, LEAST) && theta <= limit && abs<f64>(theta - looked) > SAME; i++) {
    look(s, n, t, tNext, theta, BEHIND, wide)
    looked = theta
    theta = turns(s, held(s), looked, load<f64>(q, LEAST), -1, 0, wide)
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
  const flips = <i32>turns(s, held(s), load<f64>(q, LOOKED), least, theta + least, accepted + <i32>(end != t), wide)
  store<i32>(q, load<i32>(q, KINK_FLIPS) + flips, KINK_FLIPS)
  store<i32>(q, 1, TURNED)
  store<f64>(s, end - t, SOLVE_H)
  if (end != t && end != tNext) endEarly(s, n, load<usize>(s, SOLVE_Y), t, end, tNext, load<usize>(s, SOLVE_Y_NEXT), wide)
  return end
}

/** yNext = the state at `end`, by the dense output of the step from (t, y) to `span`. */
export function endEarly(s: usize, n: i32, y: usize, t: f64, end: f64, span: f64, yNext: usize, wide: bool): void {
  const h = span - t
  interpolate(load<usize>(s, SOLVE_TABLEAU), n, load<usize>(s, SOLVE_K), y, h, (end - t) / h, yNext, false, wide)
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
  const kink = load<i32>(q, TURNED) != 0, gone = load<f64>(s, SOLVE_T) - t, pace = load<f64>(q, PACE)
  store<f64>(q, pace ? 0.75 * pace + 0.25 * gone : span - t, PACE)
  if (crowded(q, abs<f64>(gone) / max<f64>(abs<f64>(span - t), abs<f64>(load<f64>(q, PLAN))), kink)) {
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

/** The next step, no longer than kinks let it be. */
export function paced(s: usize, h: f64): f64 {
  const q = load<usize>(s, SOLVE_KINKS), most = AHEAD * load<f64>(q, PACE)
  store<f64>(q, h, PLAN)
  return locating(s) && abs<f64>(h) > abs<f64>(most) ? most : h
}
