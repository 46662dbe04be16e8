// For runtimes that are a command: a line of JSON in, a line of JSON out.
import process from 'node:process'
import { createInterface } from 'node:readline'
import { prepare, time } from './bench.mjs'

for await (const line of createInterface({ input: process.stdin })) {
  const { command, id, calls } = JSON.parse(line)
  const answer = await (command === 'prepare' ? prepare(id) : Promise.resolve(time(id, calls))).catch((error) => ({
    error: error.message,
  }))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
