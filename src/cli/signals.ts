import { InterruptedError } from './errors.ts'

/** The signals that ask the command to end. */
export type Signal = 'SIGINT' | 'SIGTERM'

/** Remembers the first signal; a second one ends the process at once. */
export class Signals {
  received: Signal | undefined
  readonly #listener: (signal: Signal) => void

  /** @param heard called at the first signal, between two turns of the event loop */
  constructor(heard: (signal: Signal) => void = () => {}) {
    this.#listener = (signal) => {
      if (this.received !== undefined) process.exit(new InterruptedError(signal, '').code)
      this.received = signal
      heard(signal)
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, this.#listener)
  }

  release(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, this.#listener)
  }
}

/** The end of a command that was asked to end, with a checkpoint on the disk. */
export function interrupted(signal: Signal): InterruptedError {
  return new InterruptedError(
    signal,
    'interrupted, a checkpoint is written: run the same command with --resume to go on',
  )
}
