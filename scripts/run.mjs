// One way to start a child process: the current Node, output passed through, a rejected promise when it fails.
import { spawn } from 'node:child_process'

/** Runs `node script ...args` with this Node (no .bin shims: those need a shell on Windows). */
export function runNode(script, args = [], options = {}) {
  return run(process.execPath, [script, ...args], options)
}

export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options })
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${args[0]} ended with ${signal ?? `code ${code}`}`)),
    )
  })
}

/** Runs a script's main function; the child that failed has already said why, so its message is enough. */
export async function main(body) {
  try {
    await body()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
