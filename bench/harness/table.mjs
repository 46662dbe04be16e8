// Markdown of what was measured.
import { boundOf, judged } from '../targets.mjs'

/** Three digits, and no exponent: 0.234, 12.3, 1230, 12300. */
export function digits(value) {
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(3))
  if (Math.abs(rounded) >= 100) return String(Math.round(rounded))
  return Math.abs(rounded) < 1e-3 ? rounded.toExponential(1) : rounded.toPrecision(3)
}

/** The middle with its quartiles. */
export function spread({ low, median, high }, unit = '') {
  return `${digits(median)}${unit} (${digits(low)} – ${digits(high)})`
}

const percent = ({ low, median, high }) => {
  const [a, b, c] = [low, median, high].map((share) => Math.round(100 * share))
  return `${b} % (${a} – ${c})`
}

const row = (cells) => `| ${cells.join(' | ')} |`
const head = (cells) => [row(cells), row(cells.map(() => '---'))]

/** Those of ours that have a column of ratios. */
const SHOWN = { relode: "time over relode's", 'relode, the kernel': "time over the kernel's" }

/** One case: its contestants in the order of their time, and how many times ours each takes. */
export function caseTable({ rows, ratios }) {
  const ours = [...new Set(ratios.map((ratio) => ratio.ours))].filter((name) => name in SHOWN)
  const withNfe = rows.some(({ nfe }) => nfe !== undefined)
  const against = (mine, { name, ceiling }) => {
    if (mine === name) return '1'
    const found = ratios.find((ratio) => ratio.ours === mine && ratio.other === name)
    if (found !== undefined) return ceiling ? `${percent(found)} reached` : `${spread(found)}×`
    // A ceiling of another build: who is under it.
    const under = ratios.find((ratio) => ratio.other === name && ratio.kind === 'share')
    return under !== undefined && mine === ours[0] ? `${percent(under)} reached by ${under.ours}` : ''
  }
  const columns = ['', 'µs (quartiles)', ...(withNfe ? ['evaluations'] : []), ...ours.map((name) => SHOWN[name])]
  const cost = ({ us, gflops, ceiling }) => {
    const rate = gflops === undefined ? '' : `${digits(gflops)} GFLOP/s`
    // How long a ceiling takes says nothing.
    return ceiling ? rate : [spread(us), rate].filter(Boolean).join(', ')
  }
  const lines = [...rows]
    .sort((a, b) => Number(a.ceiling ?? false) - Number(b.ceiling ?? false) || a.us.median - b.us.median)
    .map((entry) =>
      row([
        entry.name,
        cost(entry),
        ...(withNfe ? [entry.nfe ?? ''] : []),
        ...ours.map((mine) => against(mine, entry)),
      ]),
    )
  return [...head(columns), ...lines].join('\n')
}

/** Runtimes side by side: µs, and the ratio to the first. */
export function runtimesTable(cases) {
  const names = Object.values(cases)[0].map(({ name }) => name)
  const lines = Object.entries(cases).map(([id, all]) =>
    row([id, ...all.map(({ us, ratio }, i) => `${digits(us.median)}${i > 0 ? `, ${digits(ratio.median)}×` : ''}`)]),
  )
  return [...head(['µs', ...names]), ...lines].join('\n')
}

/** Named figures that are not a ratio of two contestants. */
function figureTable(figures) {
  return [...head(['', 'median (quartiles)']), ...figures.map((f) => row([f.name, spread(f, ` ${f.unit}`)]))].join('\n')
}

/** A workload: what it is, then its cases. */
export function workloadText({ title, cases }, level = 3) {
  const parts = cases.map(({ id, title: name, rows = [], ratios = [], figures = [], runtimes, notes = [] }) => [
    `**${name}** (\`${id}\`)`,
    ...(rows.length > 0 ? [caseTable({ rows, ratios })] : []),
    ...(figures.length > 0 ? [figureTable(figures)] : []),
    ...(runtimes === undefined ? [] : [runtimesTable(runtimes)]),
    ...notes,
  ])
  return [`${'#'.repeat(level)} ${title}`, ...parts.flat()].join('\n\n')
}

/** The targets, met or not. */
export function targetTable(workloads) {
  const lines = judged(workloads.flatMap(({ cases }) => cases)).map((target) => {
    const { row: workload, text, value, low, high, met } = target
    const found = { low, median: value, high }
    const unit = target.times !== undefined || boundOf(target) === 'stated' ? '×' : ''
    const measured = value === undefined ? '–' : target.share ? percent(found) : `${spread(found)}${unit}`
    const word = value === undefined ? 'not measured' : met === undefined ? '' : met ? 'met' : '**missed**'
    return row([workload, text, boundOf(target), measured, word])
  })
  return [...head(['', '', 'target', 'measured (quartiles)', '']), ...lines].join('\n')
}

/** What ran, when, where and with what. */
export function provenance({ command, machine, versions, plan, notes }) {
  const { date, cpu, cores, system, node } = machine
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `\`${command}\` (${date}, Node ${node}, ${cores} × ${cpu}, ${system}). ${used.join(', ')}.`,
    `One thread unless said. All contestants of a case take turns in one process run, A B A B, after ${plan.warm} ms each to get warm: ${plan.rounds} rounds of ${plan.slice} ms and at least one call, at least 5 where they are long. Medians with quartiles; ratios are formed round by round, and theirs are the median and quartiles of those. Before anything is timed, all have to agree with relode.`,
    ...notes.map((note) => `- ${note}`),
  ].join('\n\n')
}
