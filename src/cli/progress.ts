/** The progress of a fit, on stderr. */

import type { SeriesProgress } from '../train/index.ts'
import { count, duration, StatusLine } from './status-line.ts'

/** Weight of the latest measurement of the speed. */
const SMOOTHING = 0.2

export class Progress {
  readonly #line: StatusLine
  readonly #tasks: number
  readonly #epochs: number
  #task = 0
  #name = ''
  #counted = 0
  #countedAt = performance.now()
  /** Milliseconds per epoch; NaN while unknown. */
  #pace = Number.NaN

  /** @param epochs of each task */
  constructor(out: NodeJS.WriteStream, tasks: number, epochs: number) {
    this.#line = new StatusLine(out)
    this.#tasks = tasks
    this.#epochs = epochs
  }

  /** A task begins, or goes on after so many epochs. */
  begin(task: number, name: string): void {
    this.#task = task
    this.#name = name
    this.#counted = -1
  }

  update(progress: SeriesProgress): void {
    this.#line.show(() => {
      this.#measure(progress.epoch, performance.now())
      return this.#text(progress)
    }, progress.epoch >= this.#epochs)
  }

  end(): void {
    this.#line.end()
  }

  #measure(epoch: number, now: number): void {
    if (this.#counted >= 0 && epoch > this.#counted) {
      const pace = (now - this.#countedAt) / (epoch - this.#counted)
      this.#pace = Number.isNaN(this.#pace) ? pace : SMOOTHING * pace + (1 - SMOOTHING) * this.#pace
    }
    this.#counted = epoch
    this.#countedAt = now
  }

  #text({ phase, phases, epoch, epochs, loss, nfe }: SeriesProgress): string {
    const left = (this.#pace / 1000) * (epochs - epoch + (this.#tasks - this.#task - 1) * this.#epochs)
    return [
      `${this.#task + 1}/${this.#tasks}`,
      `epoch ${epoch}/${epochs}`,
      `loss ${loss.toPrecision(3)}`,
      `NFE ${count(nfe)}`,
      ...(Number.isNaN(left) ? [] : [`${duration(left)} left`]),
      `${this.#name}, phase ${phase}/${phases}`,
    ].join('  ')
  }
}
