// What the benchmark is to show, as data: the figure of a case, and the bound it is held to.
//
// `case`, `ours`, `other`: the ratio of the other's time to ours, `times` that and more; of several others the fastest of them.
// With `share` the other is a ceiling, and the ratio the share of it that ours reaches. With `atMost` it is our time over the other's.
// `figure`: a figure of the case by its name, at most `atMost` or at least `times`. Without a bound it is stated, and neither met nor missed.

const ratio = (row, id, other, times, text, ours = 'relode') => ({ row, case: id, ours, other, times, text })
const share = (row, id, ours, text) => ({
  row,
  case: id,
  ours,
  other: ours.includes('relaxed') ? 'in-wasm peak, relaxed' : 'in-wasm peak',
  share: 0.9,
  text,
})
const stated = (row, id, other, text) => ({ row, case: id, ours: 'relode', other, text })
const figure = (row, id, name, bound, text) => ({ row, case: id, figure: name, ...bound, text })

/** Those whose time is asked for, whichever is the fastest. */
const LAYER_PEERS = ['PyTorch', 'JAX', 'tfjs-wasm', 'onnxruntime-node', 'onnxruntime-web', 'NumPy']

const TWO = 'relode, two workers'

const solves = [
  ratio('W1', 'w1-tanh', 'torchdiffeq', 100, 'tanh, torchdiffeq'),
  ratio('W1', 'w1-tanh', 'JAX odeint', 2.5, 'tanh, jitted JAX'),
  ratio('W1', 'w1-tanh', 'tfjs-wasm', 50, 'tanh, tfjs-wasm'),
  {
    row: 'W1',
    case: 'w1-tanh',
    ours: 'relode',
    other: 'C in wasm',
    atMost: 1.1,
    text: 'tanh, time over that of C compiled to wasm',
  },
  ratio('W1', 'w1-relu', 'torchdiffeq', 450, 'relu, torchdiffeq'),
  ratio('W1', 'w1-relu', 'JAX odeint', 9, 'relu, jitted JAX'),
  ratio('W1', 'w1-relu', 'tfjs-wasm', 350, 'relu, tfjs-wasm'),
  ratio('W2', 'w2-tanh', 'torchdiffeq backprop', 70, 'tanh, torchdiffeq backprop'),
  ratio('W2', 'w2-tanh', 'torchdiffeq adjoint', 400, 'tanh, torchdiffeq adjoint'),
  ratio('W2', 'w2-tanh', 'JAX odeint', 9, 'tanh, jitted JAX'),
  ratio('W2', 'w2-tanh', 'tfjs-wasm', 120, 'tanh, tfjs-wasm'),
  ratio('W2', 'w2-relu', 'torchdiffeq backprop', 250, 'relu, torchdiffeq backprop'),
  ratio('W2', 'w2-relu', 'torchdiffeq adjoint', 10_000, 'relu, torchdiffeq adjoint'),
  ratio('W2', 'w2-relu', 'JAX odeint', 200, 'relu, jitted JAX'),
]
const networks = [
  ratio('W3', 'w3', 'torchdiffeq rk4', 75, 'torchdiffeq rk4'),
  ratio('W3', 'w3', 'JAX', 2, 'jitted JAX'),
  ratio('W3', 'w3', 'onnxruntime-node', 3.5, 'onnxruntime-node, loop in the graph'),
  ratio('W3', 'w3', 'onnxruntime-web', 5, 'onnxruntime-web, loop in the graph'),
  share('W4', 'w4-forward', 'relode', 'forward, share of the in-wasm peak, strict'),
  share('W4', 'w4-gradient', 'relode', 'with gradient, share of the in-wasm peak, strict'),
  share('W4', 'w4-forward', 'relode, relaxed', 'forward, share of the in-wasm peak, relaxed'),
  share('W4', 'w4-gradient', 'relode, relaxed', 'with gradient, share of the in-wasm peak, relaxed'),
  ratio('W4', 'w4-forward', 'tfjs-wasm', 1.6, 'forward, tfjs-wasm'),
  ratio('W4', 'w4-forward', 'onnxruntime-web', 1.6, 'forward, onnxruntime-web'),
  ratio('W4', 'w4-gradient', 'tfjs-wasm', 12, 'with gradient, tfjs-wasm'),
  ratio('W4', 'w4-forward', 'relode, one worker', 1.85, 'forward, two workers', TWO),
  ratio('W4', 'w4-gradient', 'relode, one worker', 1.85, 'with gradient, two workers', TWO),
  { ...stated('W4', 'w4-forward', 'relode', 'forward, two workers over no pool'), ours: TWO },
  { ...stated('W4', 'w4-gradient', 'relode', 'with gradient, two workers over no pool'), ours: TWO },
  stated('W4', 'w4-forward', 'PyTorch', 'forward, PyTorch (AVX-512)'),
  stated('W4', 'w4-forward', 'onnxruntime-node', 'forward, onnxruntime-node (AVX-512)'),
  stated('W4', 'w4-gradient', 'PyTorch', 'with gradient, PyTorch (AVX-512)'),
]
const layers = ['relode', 'relode, the kernel'].flatMap((ours) => {
  const by = ours === 'relode' ? 'through the API' : 'the kernel itself'
  return [
    share('W5', 'w5-256', ours, `256³, share of the in-wasm peak, ${by}`),
    share('W5', 'w5-1024', ours, `1024³, share of the in-wasm peak, ${by}`),
    ratio('W5', 'w5-1x64', LAYER_PEERS, 8, `1×64×64, the fastest peer, ${by}`, ours),
    ratio('W5', 'w5-16x64', LAYER_PEERS, 1.4, `16×64×64, the fastest peer, ${by}`, ours),
  ]
})
const others = [
  figure('W6', 'w6', 'fastest JS peer', { times: 1.4 }, 'the fastest JS peer at equal error, geometric mean'),
  figure('W6', 'w6', 'SciPy RK45', { times: 60 }, 'SciPy RK45 at equal error, geometric mean'),
  ratio('W7', 'w7-forward', 'torchdiffeq', 6, 'forward, torchdiffeq'),
  ratio('W7', 'w7-forward', 'JAX odeint', 0.8, 'forward, jitted JAX'),
  ratio('W7', 'w7-gradient', 'torchdiffeq backprop', 3, 'with gradient, torchdiffeq backprop'),
  ratio('W7', 'w7-gradient', 'torchdiffeq adjoint', 5, 'with gradient, torchdiffeq adjoint'),
  ratio('W7', 'w7-gradient', 'JAX odeint', 1.4, 'with gradient, jitted JAX'),
  ratio('W8', 'w8', 'PyTorch', 2.5, 'PyTorch'),
  ratio('W8', 'w8', 'JAX', 1.6, 'jitted JAX'),
  ratio('W8', 'w8', 'tfjs-wasm', 20, 'tfjs-wasm'),
  figure('evaluation', 'evaluation', 'an op', { atMost: 10 }, 'overhead of an op, ns'),
  figure('evaluation', 'evaluation', 'a JS field', { atMost: 25 }, 'a JS field above the function itself, ns'),
]
const starts = [
  ['Node', 10],
  ['Deno', 10],
  ['Bun', 10],
  ['workerd', 10],
  ['Chromium', 30],
].map(([runtime, atMost]) => figure('start', 'start', runtime, { atMost }, `import → first result in ${runtime}, ms`))

/** All rows of the table, in its order. */
export const TARGETS = [...solves, ...networks, ...layers, ...others, ...starts]

/** The bound in words. */
export function boundOf({ times, share: least, atMost }) {
  if (times !== undefined) return `≥ ${times}×`
  if (least !== undefined) return `≥ ${100 * least} %`
  return atMost === undefined ? 'stated' : `≤ ${atMost}`
}

/**
 * The targets with what was measured: `value` (and quartiles `low`, `high`), in the unit of the bound, and `met`; none of these where the
 * figure is missing, and no `met` where there is no bound.
 * @param cases those of all workloads, with their `ratios` and `figures`
 */
export function judged(cases) {
  const byId = new Map(cases.map((entry) => [entry.id, entry]))
  return TARGETS.map((target) => {
    const found = measuredIn(byId.get(target.case), target)
    if (found === undefined) return { ...target }
    const { low, median: value, high } = found
    const { times = target.share, atMost } = target
    if (times === undefined && atMost === undefined) return { ...target, low, value, high }
    return { ...target, low, value, high, met: times === undefined ? value <= atMost : value >= times }
  })
}

function measuredIn(entry, { figure: name, ours, other, atMost }) {
  if (entry === undefined) return undefined
  if (name !== undefined) return entry.figures?.find((candidate) => candidate.name === name)
  const wanted = [other].flat()
  const found = entry.ratios.filter((candidate) => candidate.ours === ours && wanted.includes(candidate.other))
  if (found.length === 0) return undefined
  const least = found.reduce((a, b) => (b.median < a.median ? b : a))
  if (atMost === undefined) return least
  return { low: 1 / least.high, median: 1 / least.median, high: 1 / least.low }
}
