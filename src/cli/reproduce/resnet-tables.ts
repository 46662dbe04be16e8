/** The tables: our values, and beside them those of an independent implementation. */

import { mean } from '../mean.ts'
import { align } from '../report.ts'
import { ACTIVATIONS, CONVENTIONS, COUNTER, LONG, SHORT } from './resnet-plans.ts'
import { DEPTH, LIMIT, LONG_TIMES, RELU, START } from './resnet-published.ts'
import { type AtDepth, at, depthSlope, limitSlope, type Results } from './resnet-results.ts'

const NAMES = { gelu: 'GELU', relu: 'ReLU' } as const

/** Three significant digits; '-' for what is not there. */
function short(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-'
  return value !== 0 && (Math.abs(value) < 0.1 || Math.abs(value) >= 1e4)
    ? value.toExponential(2)
    : value.toPrecision(3)
}

const signed = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(3))

export function resnetText(results: Results): string {
  return [
    'Values in brackets: an independent implementation (numpy, seed 0). Figure 2 has its data and weights, the others have their own.',
    ...depthTables(results),
    ...seedTable(results),
    ...limitTables(results),
    ...longTables(results),
    ...startTable(results),
    ...counterTable(results),
  ].join('\n\n')
}

/** `ours (theirs)` */
function beside(ours: string, theirs: string): string {
  return theirs === '-' ? ours : `${ours} (${theirs})`
}

function depthTables(results: Results): string[] {
  return ACTIVATIONS.flatMap((activation) =>
    CONVENTIONS.flatMap((convention) => {
      const runs = results.depths(activation, convention)
      if (runs.length === 0) return []
      const title = `Figure 1, left: ${NAMES[activation]}, scaling of the ${convention}. max = max over k and t <= T of max(|V_{k+1} - V_k|, |W_{k+1} - W_k|)`
      return [`${title}\n${depthTable(runs, DEPTH[`${activation}-${convention}`] ?? {})}`]
    }),
  )
}

function depthTable(runs: readonly AtDepth[], published: (typeof DEPTH)[string]): string {
  const head = ['L', `max, T=${SHORT}`, 'L max', `code's sum, T=${SHORT}`, `max, T=${LONG}`, 'L max', `loss, T=${LONG}`]
  const rows = runs.map(({ depth, run }) => {
    const [first, last] = [at(run, SHORT), at(run, LONG)]
    const theirs = published[depth] ?? []
    return [
      String(depth),
      beside(short(first?.max), short(theirs[0])),
      short((first?.max ?? Number.NaN) * depth),
      beside(short(first?.sum), short(theirs[1])),
      beside(short(last?.max), short(theirs[2])),
      short((last?.max ?? Number.NaN) * depth),
      beside(last?.loss.toFixed(4) ?? '-', theirs[3]?.toFixed(4) ?? '-'),
    ]
  })
  const slopes = [
    depthSlope(runs, (run) => at(run, SHORT)?.max),
    depthSlope(runs, (run) => at(run, SHORT)?.sum),
    depthSlope(runs, (run) => at(run, LONG)?.max),
  ].map(signed) as [string, string, string]
  const table = [head, ...rows, ['slope', slopes[0], '', slopes[1], slopes[2], '', '']]
  // A part of the experiment may not go as far as T = 500.
  const there = head.map((_, c) => rows.some((row) => !row[c]?.startsWith('-')))
  return align(table.map((row) => row.filter((_, c) => there[c])))
}

function seedTable(results: Results): string[] {
  const runs = results.seeds()
  if (runs.length === 0) return []
  const published = DEPTH['gelu-code']?.[4] ?? []
  const row = (label: string, t: number, of: 'max' | 'loss', theirs: number | undefined): string[] => {
    const values = runs.flatMap((run) => at(run, t)?.[of] ?? [])
    if (values.length === 0) return [label, '-', '-', '-', short(theirs)]
    return [label, short(Math.min(...values)), short(mean(values)), short(Math.max(...values)), short(theirs)]
  }
  const table = align([
    [`${runs.length} seeds`, 'least', 'mean', 'most', 'numpy'],
    row(`max, T=${SHORT}`, SHORT, 'max', published[0]),
    row(`max, T=${LONG}`, LONG, 'max', published[2]),
    row(`loss, T=${LONG}`, LONG, 'loss', published[3]),
  ])
  return [`What is chance: GELU, scaling of the code, L = 4, data and weights of ${runs.length} seeds\n${table}`]
}

function limitTables(results: Results): string[] {
  return ACTIVATIONS.flatMap((activation) =>
    CONVENTIONS.flatMap((convention) => {
      const found = results.limit(activation, convention)
      if (found === undefined) return []
      const ends = found.times.flatMap((t, i) => (t === SHORT || i === found.times.length - 1 ? [i] : []))
      return [...new Set(ends)].map((i) => {
        const t = found.times[i] as number
        const theirs = convention === 'code' && t === SHORT ? (LIMIT[activation] ?? {}) : {}
        const rows = found.depths.map((depth, j) => {
          const [theorem, code] = [found.theorem[i]?.[j], found.code[i]?.[j]]
          const [V, W] = theirs[depth] ?? []
          return [
            String(depth),
            short(theorem?.V),
            short(theorem?.W),
            beside(short(code?.V), short(V)),
            beside(short(code?.W), short(W)),
          ]
        })
        const slopes = (['theorem', 'code'] as const).flatMap((index) =>
          (['V', 'W'] as const).map((of) => signed(limitSlope(found, i, index, of))),
        )
        const title = `Figure 1, right: ${NAMES[activation]}, scaling of the ${convention}: L2 distance to L = ${found.reference} at T = ${t}`
        const note = Object.keys(theirs).length > 0 ? ' (numpy: to L = 1024)' : ''
        const head = ['L', 'V, theorem', 'W, theorem', 'V, code', 'W, code']
        return `${title}${note}\n${align([head, ...rows, ['slope', ...slopes]])}`
      })
    }),
  )
}

function longTables(results: Results): string[] {
  return ACTIVATIONS.flatMap((activation) => {
    const run = results.long(activation)
    if (run === undefined) return []
    const theirs = LONG_TIMES[activation] ?? {}
    const shown = [0, 100, 1000, 10_000, 20_000, 50_000, run.records.at(-1)?.t]
    const rows = run.records
      .filter(({ t }) => shown.includes(t))
      .map(({ t, loss, V, W }) => {
        const [l, v, w] = theirs[t] ?? []
        return [
          String(t),
          beside(short(loss), short(l)),
          beside(short(V.maxStep), short(v)),
          beside(short(W.maxStep), short(w)),
          short(V.meanStep),
          short(V.relStep),
        ]
      })
    const head = ['t', 'loss', 'max step of V', 'of W', 'mean step of V', 'over mean |V|']
    return [`Figure 2: ${NAMES[activation]}, n = 50, m = 64, L = 64, learning rate 5e-3 L\n${align([head, ...rows])}`]
  })
}

function startTable(results: Results): string[] {
  const rows = ACTIVATIONS.flatMap((activation) =>
    ['tied', 'smooth', 'independent'].flatMap((start) => {
      const last = results.start(activation, start)?.records.at(-1)
      if (last === undefined) return []
      const [v, w, l] = last.t === LONG ? (START[start] ?? []) : []
      const name = `${NAMES[activation]}, ${start}`
      return [
        [
          name,
          String(last.t),
          beside(short(last.V.meanStep), v ?? '-'),
          beside(short(last.W.meanStep), w ?? '-'),
          short(last.V.relStep),
          short(last.W.relStep),
          beside(short(last.loss), l ?? '-'),
        ],
      ]
    }),
  )
  if (rows.length === 0) return []
  const head = ['start', 'T', 'mean step of V', 'of W', 'V, relative', 'W, relative', 'loss']
  return [`Starts: L = 64, scaling of the code\n${align([head, ...rows])}`]
}

function counterTable(results: Results): string[] {
  const rows = COUNTER.flatMap((layers) => {
    const found = results.counter(layers)
    if (found === undefined) return []
    const [dead, alive] = found.weights as unknown as [number, number]
    const [theirDead, theirAlive] = RELU[layers] as readonly [number, number]
    const exact = layers * (2 ** (2 / layers) - 1)
    return [
      [
        String(layers),
        beside(dead.toFixed(4), theirDead.toFixed(4)),
        beside(alive.toFixed(4), theirAlive.toFixed(4)),
        exact.toFixed(4),
      ],
    ]
  })
  if (rows.length === 0) return []
  const head = ['2L', 'odd layers', 'even layers', '2L (2^(1/L) - 1)']
  const limit = (2 * Math.log(2)).toFixed(4)
  return [
    `Appendix 10, the counter-example for ReLU: even layers tend to 2 log 2 = ${limit}\n${align([head, ...rows])}`,
  ]
}
