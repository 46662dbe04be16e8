// Steps of explicit methods as JavaScript, written out for relode/direct: a loop over the terms of a sum, or over two or three
// components, costs more than what it goes through.
import { writeIfChanged } from './embed-wasm.mjs'

/**
 * The weights that methods have: rows of the stages from the second on, of the new state where no stage is the derivative there, and of
 * the errors. 1: a weight; 0: none; ?: one or none. Numbers of components that have steps of their own are in `sizes`; any other goes in
 * loops, which takes 1.2 to 1.5 times as long for these.
 */
const SHAPES = [
  { name: 'bosh3', stages: ['1', '01', '111'], errors: ['1111'], sizes: [1, 2, 3, 4] },
  // dopri5, tsit5
  { name: 'seven', stages: ['1', '11', '111', '1111', '11111', '1?1111'], errors: ['1?11111'], sizes: [1, 2, 3, 4] },
  {
    name: 'vern7',
    stages: ['1', '11', '101', '1011', '10111', '101111', '1011111', '10111111', '101111100'],
    end: '1001111110',
    errors: ['1001111111'],
    sizes: [1, 2, 3, 4],
  },
  {
    name: 'dopri8',
    stages: [
      ...['1', '11', '101', '1011', '10011', '100111', '1001111', '10011111', '100111111', '1001111111'],
      '10011111111',
    ],
    end: '100001111111',
    errors: ['100001111111', '100001111111'],
    sizes: [],
  },
]

const HEAD = `// Written by scripts/write-steps.mjs.

/** What a step is taken with. Component i of the derivative at stage j is all[j * n + i]. */
export interface Work {
  readonly n: number
  readonly all: Float64Array
  readonly y: Float64Array
  readonly next: Float64Array
  readonly error: Float64Array
  readonly seen: Float64Array
  readonly dy: Float64Array
  readonly rtol: Float64Array
  readonly atol: Float64Array
  /** All rows of the method, one behind the other, and its nodes. */
  readonly weights: Float64Array
  readonly nodes: Float64Array
  field(t: number, y: Float64Array, dy: Float64Array): void | ArrayLike<number>
  /** Moves what the field returned into dy. */
  take(result: ArrayLike<number>): void
}

/** Takes a step from t to u. Returns its error in units of the tolerance; Infinity where the new state is not finite. */
export type WrittenStep = (work: Work, t: number, u: number) => number
`

const nameOf = (name, size) => (size === 0 ? name : `${name}_${size}`)
const count = (n) => Array.from({ length: n }, (_, i) => i)

/** The sum of a row whose weights begin at `start`; `of(k)` writes it, k(j) being the derivative at stage j. */
function sumOf(row, start) {
  const kinds = [...row].flatMap((kind, j) => (kind === '0' ? [] : [{ kind, j }]))
  // The same names in every row make a smaller file.
  const used = kinds.map((entry, i) => ({ ...entry, name: `w${i}` }))
  const term = ({ kind, j, name }, k) =>
    // Without a weight a stage may be infinite.
    kind === '?' ? `(${name} === 0 ? 0 : ${name} * ${k(j)})` : `${name} * ${k(j)}`
  return {
    weights: used.map(({ j, name }) => `${name} = w[${start + j}]!`).join('; '),
    of: (k) => used.map((entry) => term(entry, k)).join(' + '),
  }
}

/** Components in variables of their own. The memory gets a copy of what they hold. */
function apart(n) {
  const joined = (write) => count(n).map(write).join('; ')
  return {
    begin: joined((i) => `const y${i} = y[${i}]!, k0_${i} = k[${i}]!`),
    see: ({ weights, of }) => [weights, joined((i) => `seen[${i}] = h * (${of((j) => `k${j}_${i}`)}) + y${i}`)],
    keep: (j) => joined((i) => `const k${j}_${i} = k[${j * n + i}] = dy[${i}]!; dy[${i}] = NaN`),
    arrive: ({ weights, of }) => [
      weights,
      joined((i) => `const z${i} = next[${i}] = h * (${of((j) => `k${j}_${i}`)}) + y${i}`),
    ],
    seeNext: joined((i) => `seen[${i}] = z${i}`),
    err: ({ weights, of }, name) => [weights, joined((i) => `const ${name}${i} = h * (${of((j) => `k${j}_${i}`)})`)],
    scale: joined((i) => `const s${i} = atol[${i}]! + rtol[${i}]! * Math.max(Math.abs(y${i}), Math.abs(z${i}))`),
    norm: (name) => [
      joined((i) => `const ${name}s${i} = ${name}${i} / s${i}`),
      `const ${name} = Math.sqrt((${count(n)
        .map((i) => `${name}s${i} * ${name}s${i}`)
        .join(' + ')}) / ${n})`,
    ],
    end: joined((i) => `error[${i}] = e${i}`),
    finite: count(n)
      .map((i) => `(z${i} - z${i})`)
      .join(' + '),
  }
}

/** Components in loops. */
function loops(stages) {
  const k = (j) => (j === 0 ? 'k[i]!' : `k[n${j} + i]!`)
  const loop = (body) => `for (let i = 0; i < n; i++) { ${body} }`
  const scale = 'atol[i]! + rtol[i]! * Math.max(Math.abs(y[i]!), Math.abs(next[i]!))'
  return {
    begin: `const { n } = s; const ${count(stages)
      .slice(1)
      .map((j) => `n${j} = ${j} * n`)
      .join(', ')}`,
    see: ({ weights, of }) => [weights, loop(`seen[i] = h * (${of(k)}) + y[i]!`)],
    keep: (j) => loop(`k[n${j} + i] = dy[i]!; dy[i] = NaN`),
    arrive: ({ weights, of }) => [
      'let rest = 0',
      weights,
      loop(`const z = next[i] = h * (${of(k)}) + y[i]!; rest += z - z`),
    ],
    seeNext: loop('seen[i] = next[i]!'),
    err: ({ weights, of }, name) => [
      weights,
      `let ${name} = 0`,
      loop(`const x = error[i] = h * (${of(k)}); const part = x / (${scale}); ${name} += part * part`),
      `${name} = Math.sqrt(${name} / n)`,
    ],
    scale: '',
    norm: () => [],
    end: '',
    finite: 'rest',
  }
}

/** Two estimates are combined as in Hairer's DOP853. `error` keeps the first, which in loops is so taken last. */
const RETURNS = {
  1: ['return e'],
  2: [
    'if (e === 0 || !(low < Infinity)) return e === 0 ? e : low',
    'const ratio = low / e',
    'return e / Math.sqrt(1 + 0.01 * ratio * ratio)',
  ],
}

function written({ name, stages, end, errors }, size) {
  const all = stages.length + 1
  const way = size === 0 ? loops(all) : apart(size)
  const rows = [...stages, ...(end === undefined ? [] : [end]), ...errors]
  const sums = rows.map((row, i) => sumOf(row, rows.slice(0, i).join('').length))
  const ask = (time) => [`result = field(${time}, seen, dy)`, 'if (result !== undefined) s.take(result)']
  const stage = (sum, i) => {
    if (i === all - 1 && end === undefined) return [...way.arrive(sum), way.seeNext, ...ask('u'), way.keep(i)]
    return [...way.see(sum), `at = c[${i}]!`, ...ask('at === 1 ? u : t + at * h'), way.keep(i)]
  }
  const body = [
    'const { all: k, y, next, error, seen, dy, rtol, atol, weights: w, nodes: c, field } = s',
    'const h = u - t',
    `let result, at = 0, ${count(all)
      .map((i) => `w${i} = 0`)
      .join(', ')}`,
    way.begin,
    ...stages.flatMap((_, i) => stage(sums[i], i + 1)),
    ...(end === undefined ? [] : way.arrive(sums[stages.length])),
    way.scale,
    ...errors.toReversed().flatMap((_, i) => {
      const label = i === errors.length - 1 ? 'e' : 'low'
      return [...way.err(sums[rows.length - 1 - i], label), ...way.norm(label)]
    }),
    way.end,
    `if (${way.finite} !== 0) return Infinity`,
    ...RETURNS[errors.length],
  ]
  return `const ${nameOf(name, size)}: WrittenStep = (s, t, u) => {\n${body
    .filter(Boolean)
    .map((line) => `  ${line}\n`)
    .join('')}}\n`
}

const shapeOf = ({ stages, end, errors }) =>
  [...stages, ...(end === undefined ? [] : [end]), ...errors].join(' ').replaceAll('?', '.')

/** Writes src/generated/direct-steps.ts. */
export async function writeSteps() {
  const table = SHAPES.map(
    ({ name, sizes, ...shape }) =>
      `  { shape: /^${shapeOf(shape)}$/, steps: [${[0, ...sizes].map((size) => nameOf(name, size)).join(', ')}] },\n`,
  )
  const steps = SHAPES.flatMap((shape) => [0, ...shape.sizes].map((size) => written(shape, size)))
  await writeIfChanged(
    'src/generated/direct-steps.ts',
    `${HEAD}\n${steps.join('\n')}
/** By the weights of a method, 1 or 0 each, row by row: its step for any number of components, and for 1, 2, ... */
export const writtenSteps: readonly { readonly shape: RegExp; readonly steps: readonly WrittenStep[] }[] = [
${table.join('')}]
`,
  )
}
