// Node, Deno and Bun: the runtimes that are a command.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const tool = (path) => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url))

/** The commands of this machine: [name, program, ...arguments]. */
export function commands() {
  const npmNode = process.env.npm_node_execpath
  const nodes = new Set([...(npmNode === undefined ? [] : [npmNode]), process.execPath])
  return [
    ...[...nodes].map((node) => ['Node', node]),
    // No flag that grants anything: the package reads no file and asks for no permission.
    ['Deno', tool('.bin/deno'), 'run', '--no-prompt'],
    ['Bun', tool('.bin/bun'), 'run'],
  ]
}

/** Runs run.mjs in the project; gives the name with its version, and what it printed. */
export async function runCommand([name, program, ...args], project) {
  const run = async (...all) => (await promisify(execFile)(program, all, { cwd: project, timeout: 120_000 })).stdout
  const version = /\d+\.\d+\.\d+/.exec(await run('--version'))?.[0]
  return { runtime: `${name} ${version}`, ...JSON.parse(await run(...args, 'run.mjs')) }
}
