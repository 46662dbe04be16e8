// Contestants take turns, A B A B ..., so that all of them meet the same weather; ratios are formed round by round.
import { pairwise, quartiles } from './stats.mjs'

/**
 * What runs against each other: { name, run } or, in a process of its own, { name, time }, `time(calls)` giving milliseconds.
 * @typedef {{ name: string, run?: () => unknown, time?: (calls: number) => number | Promise<number> }} Contestant
 */

/** Milliseconds of so many calls. */
export async function timed({ run, time }, calls) {
  if (time !== undefined) return time(calls)
  const start = performance.now()
  for (let i = 0; i < calls; i++) {
    const result = run()
    if (result instanceof Promise) await result
  }
  return performance.now() - start
}

/** Runs a contestant until it is warm (at least twice, then `warm` ms), and says how many calls fill `slice` ms. */
export async function callsOf(contestant, { slice, warm }) {
  let calls = 1
  let [spent, each] = [0, await timed(contestant, 1)]
  do {
    calls = Math.max(1, Math.min(2 * calls, Math.round(slice / Math.max(each, 1e-6))))
    const ms = await timed(contestant, calls)
    each = ms / calls
    spent += ms
    // Grown enough, and warm: one that takes longer than a slice is so at once.
  } while (spent < warm || (calls * each < slice / 2 && 2 * calls * each <= slice))
  return Math.max(1, Math.round(slice / each))
}

/**
 * Times all contestants in turn; microseconds a call, by name, one number a round. Every other round goes through them backwards: none
 * of them always follows the same one.
 * @param {Contestant[]} contestants
 * @param {{ rounds: number, slice: number, warm: number, patience?: number }} plan `slice`: ms of a contestant in a round; `warm`: ms
 *   before the first; `patience`: ms after which there are no more rounds than 5
 * @returns {Promise<Record<string, number[]>>}
 */
export async function takeTurns(contestants, { rounds, slice, warm, patience = Number.POSITIVE_INFINITY }) {
  if (!(Number.isInteger(rounds) && rounds >= 1)) throw new RangeError(`rounds must be an integer >= 1, got ${rounds}`)
  const names = contestants.map(({ name }) => name)
  if (new Set(names).size < names.length) throw new Error(`two contestants have one name: ${names.join(', ')}`)
  const entries = []
  for (const contestant of contestants)
    entries.push({ contestant, calls: await callsOf(contestant, { slice, warm }), us: [] })
  const begun = performance.now()
  for (let round = 0; round < rounds; round++) {
    if (round >= 5 && performance.now() - begun > patience) break
    for (const { contestant, calls, us } of round % 2 === 0 ? entries : entries.toReversed())
      us.push((1000 * (await timed(contestant, calls))) / calls)
  }
  return Object.fromEntries(entries.map(({ contestant: { name }, us }) => [name, us]))
}

/**
 * Figures of a case: every contestant's time; and for each of ours the ratio to each of the others, the other's time over ours, or the
 * share of a ceiling that is reached where the other is one (`work` a call over the time, both).
 */
export function figuresOf(contestants, times) {
  const rows = contestants.map(({ name, work, notes, ceiling }) => {
    const us = quartiles(times[name])
    // Operations a microsecond are millions a second.
    const rate = work === undefined ? {} : { gflops: quartiles(times[name].map((t) => work / t / 1000)).median }
    return { name, us, rounds: times[name].length, ...(ceiling && { ceiling }), ...rate, ...notes }
  })
  const ratios = contestants
    .filter(({ ours }) => ours)
    .flatMap((mine) =>
      contestants
        .filter((other) => other !== mine && comparable(mine, other))
        .map((other) => {
          const share = other.ceiling ? mine.work / other.work : 1
          const ratio = quartiles(pairwise(times[other.name], times[mine.name]).map((r) => r * share))
          return { ours: mine.name, other: other.name, kind: other.ceiling ? 'share' : 'ratio', ...ratio }
        }),
    )
  return { rows, ratios }
}

/** A ceiling is for those of its own build; anything else is for all. */
function comparable(mine, other) {
  return !other.ceiling || (mine.work !== undefined && (mine.build ?? 'strict') === (other.build ?? 'strict'))
}
