// What locating kinks costs and what it gains, by width, batch and tolerance: y' = W2 relu(W1 y + b1) - y in four dimensions up to
// t = 2, W1 of variance 1/2, b1 of deviation 1/2, W2 of variance 1/width. `npm run bench:kinks [-- --json | -- --figure file.svg]`, after
// `npm run build`.
import { writeFile } from 'node:fs/promises'
import { Field, odeint } from 'relode'
import { dopri8 } from 'relode/methods'
import { colors, figure, line, panel, points } from 'relode/plot'

const DIM = 4
const TOLERANCES = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10]
// Beyond that locating takes minutes, and plain steps are never in doubt.
const MOST_UNITS = 2048

/** Normal numbers from a small generator: figures, not results. */
function normals(seed) {
  let state = seed >>> 0
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return (n, deviation) =>
    Array.from({ length: n }, () => deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()))
}

function problem(width, batch, seed) {
  const normal = normals(1000 * seed + width)
  const write = (p) => {
    const hidden = p.dense(p.state, width, { activation: 'relu' })
    return p.add(p.dense(hidden, DIM, { bias: false }), p.scale(p.state, -1))
  }
  const field = new Field(DIM, write, { dtype: 'f64' })
  const parts = [normal(width * DIM, Math.sqrt(2 / DIM)), normal(width, 0.5), normal(DIM * width, Math.sqrt(1 / width))]
  field.parameters = parts.flat()
  return { field, y0: normal(DIM * batch, 1) }
}

const error = (a, b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0) / a.length)

function measure(width, batch, seed = 1) {
  const { field, y0 } = problem(width, batch, seed)
  const solve = (kinks, tol, options) =>
    odeint(field, y0, [0, 2], { kinks, rtol: tol, atol: tol, dense: false, maxSteps: 1e6, ...options })
  const reference = solve('locate', 1e-13, { solver: dopri8 })
  const one = (kinks, tol) => {
    const start = performance.now()
    const { y, stats } = solve(kinks, tol)
    return { nfe: stats.nfe, error: error(y, reference.y), kinks: stats.kinks, ms: performance.now() - start }
  }
  const rows = TOLERANCES.map((tol) => ({
    tol,
    ignore: one('ignore', tol),
    auto: one('auto', tol),
    locate: one('locate', tol),
  }))
  field.dispose()
  return { width, batch, kinks: reference.stats.kinks, rows }
}

function table({ width, batch, kinks, rows }) {
  console.log(`width ${width}, batch ${batch}: ${kinks} kinks`)
  for (const { tol, ...ways } of rows) {
    const cells = Object.entries(ways).map(
      ([way, { nfe, error: e, ms }]) => `${way} ${nfe} ${e.toExponential(1)} ${ms.toFixed(1)}ms`,
    )
    console.log(`  ${tol}: ${cells.join(' | ')}`)
  }
}

/** Work and precision: error against evaluations, three ways. */
function draw(shown) {
  const shapes = ['circle', 'square', 'triangle']
  const panels = shown.map(({ width, batch, kinks, rows }) =>
    panel({
      title: `${width} units, batch ${batch}: ${kinks} kinks`,
      x: { label: 'evaluations', log: true },
      y: { label: 'error at t = 2', log: true },
      layers: ['ignore', 'auto', 'locate'].flatMap((way, i) => {
        const [x, y] = [rows.map((row) => row[way].nfe), rows.map((row) => row[way].error)]
        const named = { label: way, color: colors[i] }
        return [line({ x, y, ...named }), points({ x, y, ...named, shape: shapes[i] })]
      }),
    }),
  )
  return figure({ title: 'Kinks ignored and located, dopri5, tolerances 1e-3 to 1e-10', panels })
}

const sizes = [8, 16, 32, 64, 128, 256, 512].flatMap((width) =>
  [1, 4, 16, 64, 256].filter((batch) => width * batch <= MOST_UNITS).map((batch) => [width, batch]),
)
const results = sizes.map((size) => measure(...size))
const at = process.argv.indexOf('--figure')
const shown = results.filter(({ width, batch }) => width === 64 && (batch === 1 || batch === 16))
if (at > 0) await writeFile(process.argv[at + 1], draw(shown))
if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2))
else for (const result of results) table(result)
