/** A line of progress on a stream: one that rewrites itself on a terminal, one now and then elsewhere. */

/** Milliseconds between two lines. */
const TERMINAL = 80
const ELSEWHERE = 2000

export class StatusLine {
  readonly #out: NodeJS.WriteStream
  #shown = -Infinity

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** Shows what `line` gives if it is time for it, or if `now` is set. What matters least stands last, where a narrow terminal cuts. */
  show(line: () => string, now = false): void {
    const time = performance.now()
    if (!now && time - this.#shown < (this.#out.isTTY ? TERMINAL : ELSEWHERE)) return
    this.#shown = time
    if (this.#out.isTTY) this.#out.write(`\r\x1b[K${line().slice(0, (this.#out.columns || 80) - 1)}`)
    else this.#out.write(`${line()}\n`)
  }

  /** Leaves the terminal's line. */
  end(): void {
    if (this.#out.isTTY && Number.isFinite(this.#shown)) this.#out.write('\r\x1b[K')
  }
}

/** 1234567 -> 1.23M */
export function count(value: number): string {
  if (value < 1e4) return String(value)
  const [unit, size] = value < 1e6 ? ['k', 1e3] : value < 1e9 ? ['M', 1e6] : ['G', 1e9]
  return `${(value / (size as number)).toPrecision(3)}${unit}`
}

/** Seconds as minutes:seconds, or hours:minutes:seconds. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const tail = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}
