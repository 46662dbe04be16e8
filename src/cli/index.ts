#!/usr/bin/env node
/** The command `relode`. */

import { isMainThread, workerData } from 'node:worker_threads'
import { CommanderError } from 'commander'
import { configure } from '../relaxed.ts'
import { EXIT_OK, explain } from './errors.ts'
import { makeProgram } from './program.ts'
import { isOrder, serve } from './reproduce/worker.ts'
import { version } from './version.ts'

async function main(args: readonly string[]): Promise<number> {
  const program = makeProgram(version())
  if (args.length === 0) {
    program.outputHelp()
    return EXIT_OK
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return EXIT_OK
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    const { code, message } = explain(error)
    process.stderr.write(`relode: ${message}\n`)
    return code
  }
}

// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT_OK)
})
// RELODE_FAST=1 asks for the relaxed core.
configure()
// The threads of `reproduce` run this same file.
if (!isMainThread && isOrder(workerData)) serve()
else process.exitCode = await main(process.argv.slice(2))
