// relode with its relaxed core, in a process of its own: a process has one core. Answers lines of JSON.
import { createInterface } from 'node:readline'
import { prepare } from '../workloads/relode.mjs'
import { peak } from './ceilings.mjs'
import { timed } from './rounds.mjs'

const { configure } = await import('relode/relaxed')
const { build } = configure({ fast: true })
const relode = await import('relode')
const prepared = new Map()

const commands = {
  build: () => ({ build }),
  prepare: ({ id }) => {
    const task = prepare(relode, id)
    prepared.set(id, task)
    return { values: [...task.values()], nfe: task.nfe }
  },
  peak: async ({ id }) => {
    const ceiling = await peak('relaxed')
    prepared.set(id, ceiling)
    return { work: ceiling.work }
  },
  time: async ({ id, calls }) => ({ ms: await timed({ run: prepared.get(id).run }, calls) }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  const answer = await Promise.resolve()
    .then(() => commands[message.command](message))
    .catch((error) => ({ error: error.message }))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
