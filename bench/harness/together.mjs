// Several problems of one kind as one.
import { timed } from './rounds.mjs'

/** The contestants of several problems, each with all of them as one call: times and evaluations are those of one problem in the mean. */
export function together(groups) {
  const [first, ...others] = groups
  if (others.length === 0) return first
  return first.map((contestant) => {
    const { name } = contestant
    const members = groups.map((group) => group.find((other) => other.name === name))
    const absent = members.indexOf(undefined)
    if (absent >= 0) throw new Error(`${name} is there for the first problem, and not for number ${absent + 1}`)
    return { ...contestant, run: undefined, ...asOne(members) }
  })
}

function asOne(members) {
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / members.length
  const time = async (calls) => {
    const times = []
    for (const member of members) times.push(await timed(member, calls))
    return mean(times)
  }
  const counts = members.map(({ notes }) => notes?.nfe)
  return {
    time,
    notes: counts.includes(undefined) ? {} : { nfe: Math.round(mean(counts)) },
    ...(members[0].values && { values: () => valuesOf(members) }),
  }
}

/** All values, one problem behind the other. */
async function valuesOf(members) {
  const pieces = []
  for (const { values } of members) pieces.push(Array.from(await values()))
  return pieces.flat()
}
