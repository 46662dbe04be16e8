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

/** The version that a program tells. */
export async function versionOf(program) {
  const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 120_000 })
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0]
}

/** Runs a script in the project, run.mjs by default; gives the name with its version, and the JSON that it printed. */
export async function runCommand([name, program, ...args], project, script = ['run.mjs']) {
  const options = { cwd: project, timeout: 600_000 }
  const { stdout } = await promisify(execFile)(program, [...args, ...script], options)
  return { runtime: `${name} ${await versionOf(program)}`, ...JSON.parse(stdout) }
}
