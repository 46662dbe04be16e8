/** What `relode reproduce` runs: experiments of a paper, cut into tasks that do not know each other. */

/** How far a task is. */
export interface Step {
  /** Share of the task that is done, 0 to 1. */
  readonly done: number
  /** A few words on where it stands, such as `loss 1.2e-3`. */
  readonly note: string
  /** All that is needed to go on from here: one buffer. */
  checkpoint(): Uint8Array
}

/** One unit of work: independent of all others, so that tasks run side by side, and its result is plain JSON. */
export interface Task {
  /** Unique in the experiment; a file is named after it. */
  readonly name: string
  /** What it costs in any unit, against other tasks of the experiment: for the time that is left, and the order. */
  readonly cost: number
  /** Yields a few times a second at least, so that it can be asked to end; the result is the same with and without a pause. */
  run(resume: Uint8Array | undefined): Generator<Step, unknown, undefined>
}

/** What comes of an experiment. */
export interface Report {
  /** All numbers, for `numbers.json`. */
  readonly numbers: object
  /** File name to SVG. */
  readonly figures: Readonly<Record<string, string>>
  /** The tables to print, beside the paper's own values. */
  readonly text: string
}

export interface Experiment {
  /** One line for the help. */
  readonly description: string
  /**
   * Only of an experiment on data that the user may choose: what a state of an unfinished run must have in common with them. `data`: what
   * --data names. Throws InputError where it cannot be read.
   */
  identify?(data: string | undefined): string
  /** `quick`: a part of it that takes less than a minute. */
  tasks(quick: boolean, data?: string): readonly Task[]
  /** The results by the names of their tasks. */
  report(results: ReadonlyMap<string, unknown>, quick: boolean, data?: string): Report
}
