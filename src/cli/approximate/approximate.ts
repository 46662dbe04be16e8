/** relode approximate */

import { join } from 'node:path'
import type { Form } from '../../theory/machine.ts'
import { InputError } from '../errors.ts'
import { makeFolder, writeWhole } from '../files.ts'
import { Signals } from '../signals.ts'
import { StatusLine } from '../status-line.ts'
import { version } from '../version.ts'
import { approximateFigure } from './figure.ts'
import { measure, measureSpeed, type Result, type Settings, type Speed, type Watch } from './measure.ts'
import { documentOf, errorsCsv, tables, valuesCsv } from './report.ts'
import { type Shown, showGrid, showLine } from './show.ts'
import { existsFor, leastR, type Size, sizesOf } from './sizes.ts'
import { chooseTargets, type Target } from './targets.ts'

/** The options as the command line gives them. */
interface ApproximateOptions {
  readonly d?: number
  readonly levels?: number
  readonly form: readonly Form[]
  readonly r: readonly number[]
  readonly module?: string
  readonly lipschitz?: number
  readonly out?: string
  readonly json?: boolean
}

/** Forms whose sizes are set beside the paper's. */
const COMPARED: readonly Form[] = ['counter', 'universal', 'smooth']
/** From here on the speed of the plane is worth a line. */
const SPEED_FROM = 4096

export async function approximate(name: string | undefined, options: ApproximateOptions): Promise<void> {
  const started = performance.now()
  const chosen = await chooseTargets(name, options)
  const settings = settingsOf(chosen, options)
  const out = options.out ?? `relode-approximate${name === undefined ? '' : `-${name}`}`
  makeFolder(out)
  const watch = { line: new StatusLine(process.stderr), signals: new Signals() }
  const found = await work(chosen, settings, watch).finally(() => {
    watch.signals.release()
    watch.line.end()
  })
  const seconds = (performance.now() - started) / 1000
  report(out, found, { seconds, json: options.json ?? false })
}

function settingsOf(chosen: readonly Target[], { form: forms, levels, r }: ApproximateOptions): Settings {
  if (levels !== undefined && levels < 3 && forms.includes('smooth')) {
    throw new InputError(`--levels must be an integer from 3 to 256 for --form smooth, got ${levels}`)
  }
  const most = Math.max(...r)
  for (const [i, form] of forms.entries()) {
    const possible = chosen.filter(({ d }) => existsFor(form, d))
    if (possible.length === 0) throw new InputError(`--form ${form} is for --d 1 only`)
    if (i === 0 && possible.length < chosen.length) {
      throw new InputError(`--form ${form} is for --d 1 only, and the first form is drawn`)
    }
    for (const { d } of possible) {
      const least = leastR(form, d)
      if (most >= least) continue
      throw new InputError(`--r must go up to ${least} at least for --form ${form}, d = ${d}, got ${most}`)
    }
  }
  const sorted = [...new Set(r)].sort((a, b) => a - b)
  return { forms, r: sorted, ...(levels === undefined ? {} : { levels }) }
}

interface Found {
  readonly results: readonly Result[]
  readonly sizes: readonly Size[]
  readonly lines: { readonly all: Shown; readonly close: Shown } | undefined
  readonly grid: Shown | undefined
  readonly speed: Speed | undefined
}

async function work(chosen: readonly Target[], settings: Settings, watch: Watch): Promise<Found> {
  const one = chosen.find(({ d }) => d === 1)
  const two = chosen.find(({ d }) => d === 2) ?? chosen.find(({ d }) => d === 3)
  const lines = one === undefined ? undefined : await showLine(one, settings, watch)
  const grid = two === undefined ? undefined : await showGrid(two, settings, watch)
  const results = await measure(chosen, settings, watch)
  const fast = chosen.some(({ d }) => d === 2) && settings.r.some((r) => r >= SPEED_FROM)
  const speed = fast ? await measureSpeed(watch) : undefined
  const forms = [...new Set([...COMPARED, ...settings.forms])]
  const { levels } = settings
  const compared = forms
    .filter((form) => levels === undefined || levels >= 3 || form !== 'smooth')
    .map((form) => ({ form, ...(levels === undefined ? {} : { levels }) }))
  const sizes = [1, 2, 3].flatMap((d) => sizesOf(d, compared))
  return { results, sizes, lines, grid, speed }
}

function report(out: string, found: Found, { seconds, json }: { seconds: number; json: boolean }): void {
  const { results, sizes, lines, grid, speed } = found
  // One target a dimension can be drawn; the tables have them all.
  const drawn = [1, 2, 3].flatMap((d) => results.find(({ target }) => target.d === d) ?? [])
  const document = { version: version(), ...documentOf(results, sizes, speed) }
  const shown = [...(lines === undefined ? [] : [lines.all]), ...(grid === undefined ? [] : [grid])]
  const contents: Readonly<Record<string, string>> = {
    'figure.svg': approximateFigure({ lines, grid, results: drawn, sizes }),
    'approximate.json': `${JSON.stringify(document, null, 2)}\n`,
    'errors.csv': errorsCsv(results),
    'values.csv': valuesCsv(shown),
  }
  for (const [file, content] of Object.entries(contents)) writeWhole(join(out, file), content)
  const files = Object.keys(contents).map((file) => join(out, file))
  if (json) process.stdout.write(`${JSON.stringify({ ...document, seconds, files }, null, 2)}\n`)
  else
    process.stdout.write(
      `${tables(results, sizes, speed)}\n\n${seconds.toFixed(1)} s; wrote\n  ${files.join('\n  ')}\n`,
    )
}
