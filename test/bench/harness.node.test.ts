// What the benchmark makes of times. Times themselves are no matter for a test: contestants here say what they took.
import { expect, test } from 'vitest'
// @ts-expect-error: a script of the bench has no types
import { stream, uniform } from '../../bench/harness/data.mjs'
// @ts-expect-error: a script of the bench has no types
import { callsOf, figuresOf, takeTurns } from '../../bench/harness/rounds.mjs'
// @ts-expect-error: a script of the bench has no types
import { distance, geometricMean, pairwise, quartiles } from '../../bench/harness/stats.mjs'
// @ts-expect-error: a script of the bench has no types
import { together } from '../../bench/harness/together.mjs'

test('quartiles lie between numbers where they must', () => {
  expect(quartiles([4, 1, 3, 2, 5])).toEqual({ low: 2, median: 3, high: 4 })
  expect(quartiles([1, 2, 3, 4])).toEqual({ low: 1.75, median: 2.5, high: 3.25 })
  expect(quartiles([7])).toEqual({ low: 7, median: 7, high: 7 })
  expect(() => quartiles([])).toThrow('at least one number')
})

test('ratios are formed round by round', () => {
  // The machine is twice as slow in the second round: the ratio does not see it.
  expect(pairwise([10, 20, 10], [5, 10, 5])).toEqual([2, 2, 2])
  expect(() => pairwise([1], [1, 2])).toThrow('got 1 and 2')
  expect(geometricMean([1, 4, 16])).toBeCloseTo(4, 12)
})

test('a distance is relative, and a NaN is infinitely far', () => {
  expect(distance([3, 4], [3, 4])).toBe(0)
  expect(distance([3, 5], [3, 4])).toBeCloseTo(1 / 5, 12)
  expect(distance([3e9, 5e9], [3e9, 4e9])).toBeCloseTo(1 / 5, 12)
  expect(distance([Number.NaN, 4], [3, 4])).toBeNaN()
  expect(() => distance([1], [1, 2])).toThrow('one length')
})

test('several problems are one call: times and evaluations are those of one in the mean', async () => {
  const problem = (ms: number, nfe: number): object[] => [
    { name: 'ours', ours: true, run: () => {}, values: () => Float32Array.of(ms), notes: { nfe } },
    { name: 'peer', time: (calls: number) => ms * calls, values: async () => [nfe], notes: {} },
  ]
  const groups = [problem(2, 10), problem(4, 21)]
  const [ours, peer] = together(groups)
  expect([ours.name, ours.ours, ours.notes]).toEqual(['ours', true, { nfe: 16 }])
  expect(await ours.values()).toEqual([2, 4])
  expect([await peer.time(5), await peer.values(), peer.notes]).toEqual([15, [10, 21], {}])
  expect(together([groups[0]])).toBe(groups[0])
  expect(() => together([groups[0], [(groups[1] as object[])[0]]])).toThrow(
    'peer is there for the first problem, and not for number 2',
  )
})

test('data are those of mulberry32, in any runtime', () => {
  const next = stream(23)
  const first = Array.from({ length: 3 }, () => Math.round(next() * 2 ** 32))
  expect(first).toEqual(reference(23, 3))
  expect(uniform(stream(1), 1000, 0.5).every((value: number) => value >= -0.5 && value < 0.5)).toBe(true)
  expect(uniform(stream(1), 4, 1)).toEqual(uniform(stream(1), 4, 1))
  expect(uniform(stream(1), 4, 1)).not.toEqual(uniform(stream(2), 4, 1))
})

/** With BigInt: nothing is left to the wrapping of 32 bits. */
function reference(seed: number, count: number): number[] {
  const wrap = (value: bigint): bigint => BigInt.asUintN(32, value)
  let state = BigInt(seed)
  return Array.from({ length: count }, () => {
    state = wrap(state + 0x6d2b79f5n)
    let z = wrap((state ^ (state >> 15n)) * (state | 1n))
    z = wrap(z ^ wrap(z + wrap((z ^ (z >> 7n)) * (z | 61n))))
    return Number(z ^ (z >> 14n))
  })
}

/** A contestant that takes `ms` a call, and notes its turns. */
const paced = (name: string, ms: number, turns: string[]): object => ({
  name,
  time: (calls: number) => {
    turns.push(`${name}${calls}`)
    return ms * calls
  },
})

test('calls fill a slice of time', async () => {
  const turns: string[] = []
  expect(await callsOf(paced('a', 0.5, turns), { slice: 10, warm: 0 })).toBe(20)
  expect(await callsOf(paced('b', 50, turns), { slice: 10, warm: 0 })).toBe(1)
  // Twice at least: the first call is not a measure of the others.
  expect(turns.filter((turn) => turn.startsWith('b'))).toEqual(['b1', 'b1'])
})

test('contestants take turns, there and back', async () => {
  const turns: string[] = []
  const us = await takeTurns([paced('a', 2, turns), paced('b', 4, turns)], { rounds: 4, slice: 4, warm: 0 })
  expect(turns.slice(-8)).toEqual(['a2', 'b1', 'b1', 'a2', 'a2', 'b1', 'b1', 'a2'])
  expect(us).toEqual({ a: [2000, 2000, 2000, 2000], b: [4000, 4000, 4000, 4000] })
  await expect(
    takeTurns([paced('a', 1, turns), paced('a', 1, turns)], { rounds: 1, slice: 1, warm: 0 }),
  ).rejects.toThrow('one name')
  await expect(takeTurns([], { rounds: 0, slice: 1, warm: 0 })).rejects.toThrow('rounds must be an integer >= 1, got 0')
})

test('patience ends after five rounds', async () => {
  const us = await takeTurns([paced('a', 1, [])], { rounds: 40, slice: 1, warm: 0, patience: -1 })
  expect(us.a).toHaveLength(5)
})

test('a ratio is the time of the other over ours, a share that of the ceiling', () => {
  const contestants = [
    { name: 'ours', ours: true, work: 100 },
    { name: 'peer', notes: { nfe: 7 } },
    { name: 'peak', ceiling: true, work: 50 },
    { name: 'peak of another build', build: 'relaxed', ceiling: true, work: 50 },
  ]
  const times = { ours: [10, 20, 10], peer: [30, 60, 20], peak: [4, 8, 4], 'peak of another build': [1, 1, 1] }
  const { rows, ratios } = figuresOf(contestants, times)
  expect(ratios).toEqual([
    { ours: 'ours', other: 'peer', kind: 'ratio', low: 2.5, median: 3, high: 3 },
    // 50 in 4 are 12.5 in 1; 100 in 10 are 10: four fifths.
    { ours: 'ours', other: 'peak', kind: 'share', low: 0.8, median: 0.8, high: 0.8 },
  ])
  // A hundred operations in ten microseconds.
  expect(rows[0]).toMatchObject({ name: 'ours', us: { median: 10 }, rounds: 3, gflops: 0.01 })
  expect(rows[1]).toMatchObject({ nfe: 7 })
})
