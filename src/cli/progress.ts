/** The progress line, on stderr: one that rewrites itself on a terminal, one now and then elsewhere. */

import type { SeriesProgress } from '../index.ts'

/** Milliseconds between two lines. */
const TERMINAL = 80
const ELSEWHERE = 2000
/** Weight of the latest measurement of the speed. */
const SMOOTHING = 0.2

export class Progress {
  readonly #out: NodeJS.WriteStream
  readonly #tasks: number
  readonly #epochs: number
  #task = 0
  #name = ''
  #shown = -Infinity
  #counted = 0
  #countedAt = performance.now()
  /** Milliseconds per epoch; NaN while unknown. */
  #pace = Number.NaN

  /** @param epochs of each task */
  constructor(out: NodeJS.WriteStream, tasks: number, epochs: number) {
    this.#out = out
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
    const now = performance.now()
    const every = this.#out.isTTY ? TERMINAL : ELSEWHERE
    if (now - this.#shown < every && progress.epoch < this.#epochs) return
    this.#measure(progress.epoch, now)
    this.#shown = now
    const line = this.#line(progress)
    if (!this.#out.isTTY) this.#out.write(`${line}\n`)
    else this.#out.write(`\r\x1b[K${line.slice(0, (this.#out.columns || 80) - 1)}`)
  }

  /** Leaves the terminal's line. */
  end(): void {
    if (this.#out.isTTY && Number.isFinite(this.#shown)) this.#out.write('\r\x1b[K')
  }

  #measure(epoch: number, now: number): void {
    if (this.#counted >= 0 && epoch > this.#counted) {
      const pace = (now - this.#countedAt) / (epoch - this.#counted)
      this.#pace = Number.isNaN(this.#pace) ? pace : SMOOTHING * pace + (1 - SMOOTHING) * this.#pace
    }
    this.#counted = epoch
    this.#countedAt = now
  }

  #line({ phase, phases, epoch, epochs, loss, nfe }: SeriesProgress): string {
    const left = (this.#pace / 1000) * (epochs - epoch + (this.#tasks - this.#task - 1) * this.#epochs)
    // What matters least is last, where a narrow terminal cuts.
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

/** 1234567 -> 1.23M */
export function count(value: number): string {
  if (value < 1e4) return String(value)
  const [unit, size] = value < 1e6 ? ['k', 1e3] : value < 1e9 ? ['M', 1e6] : ['G', 1e9]
  return `${(value / (size as number)).toPrecision(3)}${unit}`
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const tail = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}
