// A case in which contestants of several sources do one task.
import { figuresOf, takeTurns } from '../harness/rounds.mjs'
import { distance } from '../harness/stats.mjs'
import { together } from '../harness/together.mjs'
import { fieldsOf } from './tasks.mjs'

/**
 * @param {string} id of the task
 * @param {string[]} names of sources
 * @param {{ tolerance: number, heavy?: string[], python?: (name: string, quick: boolean) => boolean }} options `tolerance`: how far from
 *   relode's numbers a contestant's may be, see `distance`; `heavy`: sources that a quick run leaves out
 *
 * Where the task has several fields every contestant does all of them, and its time is that of one in the mean; a quick run takes two.
 */
export function compared(id, title, names, { tolerance, heavy = [], python = () => true }) {
  const measure = async (sources, plan) => {
    const wanted = names.filter((name) => !(plan.quick && heavy.includes(name)))
    const only = { python: (name) => python(name, plan.quick) }
    const fields = fieldsOf(id).slice(0, plan.quick ? 2 : undefined)
    const groups = []
    for (const field of fields) groups.push(await sources.contestants(field, wanted, only))
    const contestants = together(groups)
    const notes = await agreed(id, contestants, tolerance)
    const name = fields.length > 1 ? `${title}, mean of ${fields.length} fields` : title
    return { id, title: name, ...figuresOf(contestants, await takeTurns(contestants, plan)), notes }
  }
  return { id, title, measure }
}

/** All give the numbers of the first, which is relode; throws, naming the one that does not. */
export async function agreed(id, contestants, tolerance) {
  const [first, ...others] = contestants.filter(({ values }) => values !== undefined)
  const expected = await first.values()
  let farthest = { name: 'nobody', off: 0 }
  for (const { name, values } of others) {
    const off = distance(await values(), expected)
    if (!(off <= tolerance))
      throw new Error(`${id}: ${name} and ${first.name} differ by ${off.toExponential(1)}, more than ${tolerance}`)
    if (off >= farthest.off) farthest = { name, off }
  }
  if (others.length === 0) return []
  return [
    `All agree to ${tolerance.toExponential(0)}; farthest from ${first.name}: ${farthest.name}, ${farthest.off.toExponential(1)}.`,
  ]
}
