/** How the command ends: exit codes, and one line for what went wrong. */

import { FormatError, OutOfMemoryError, SolveError } from '../index.ts'
import { TableError } from '../io/csv.ts'

export const EXIT_OK = 0
/** Usage, bad input, files that cannot be read or written. */
export const EXIT_INPUT = 1
/** A solve or a training that failed. */
export const EXIT_FAILURE = 2

/** Something the user can mend: an option, a file. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

/** A solve or a training that could not be finished. */
export class FailureError extends Error {
  override readonly name = 'FailureError'
}

/** The user, or the system, asked the command to end. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  readonly code: number

  constructor(signal: 'SIGINT' | 'SIGTERM', message: string) {
    super(message)
    // The shell's convention: 128 + the number of the signal.
    this.code = 128 + { SIGINT: 2, SIGTERM: 15 }[signal]
  }
}

/** The exit code for an error, and what to say. */
export function explain(error: unknown): { readonly code: number; readonly message: string } {
  if (error instanceof InterruptedError) return { code: error.code, message: error.message }
  if (error instanceof InputError || error instanceof TableError) return { code: EXIT_INPUT, message: error.message }
  if (error instanceof FormatError) return { code: EXIT_INPUT, message: error.message }
  if (error instanceof FailureError) return { code: EXIT_FAILURE, message: error.message }
  if (error instanceof SolveError) return { code: EXIT_FAILURE, message: `the solve failed ${error.message}` }
  if (error instanceof OutOfMemoryError) return { code: EXIT_FAILURE, message: error.message }
  // Anything else is a fault of this program: a report needs the place.
  return { code: EXIT_FAILURE, message: `internal error, please report it: ${(error as Error).stack ?? String(error)}` }
}
