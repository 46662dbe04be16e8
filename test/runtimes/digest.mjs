// One training run, as a text that changes with any bit of its result. Plain JavaScript and no imports: the same file
// runs in Node, Deno, Bun, workerd and browsers, and gets the package as an argument.

/**
 * The smallest useful thing the package does: what the time "import -> first result" waits for.
 * @param {typeof import('../../src/index.ts')} relode
 */
export function first(relode) {
  return relode.odeint(oscillator, [1, 0], [0, 1])
}

/**
 * Hexadecimal digest of a hundred training steps of a seeded neural ODE in the given precision, of the trained model's
 * outputs and saved bytes, and of a solve with a JavaScript field.
 * @param {typeof import('../../src/index.ts')} relode
 * @param {'f32' | 'f64'} precision
 * @returns {string}
 */
export function digest(relode, precision) {
  const hash = new Hash()
  // Every activation once, so that every transcendental function of the core has its say.
  for (const activation of ['relu', 'leaky_relu', 'elu', 'softplus', 'gelu', 'silu', 'tanh', 'sigmoid', 'sin'])
    train(relode, precision, activation, activation === 'tanh' ? 20 : 10, hash)
  const y0 = array(precision, [1, 0])
  const solution = relode.odeint(oscillator, y0, [0, 5, 10], { solver: relode.tsit5, rtol: 1e-6 })
  for (const y of [...solution.ys, solution.at(3.7)]) hash.add(y)
  return hash.text()
}

/**
 * The same of a gradient, a training and outputs in a pool, whatever its workers.
 * @param {typeof import('../../src/index.ts')} relode
 * @param {import('../../src/pool/index.ts').Pool} workers
 * @returns {Promise<string>}
 */
export async function poolDigest(relode, workers) {
  const hash = new Hash()
  const field = new relode.MLP([3, 17, 3], { activation: 'tanh', seed: 7 })
  const node = new relode.NeuralODE(field, { solver: relode.tsit5 })
  const x = array('f32', ramp(3 * 50, 5))
  const [y, pullback] = await workers.vjp(node, x)
  const { dx, dparams } = await pullback(y)
  for (const numbers of [y, dx, dparams]) hash.add(numbers)
  for await (const { loss, nfe } of workers.fit(node, { x, y: x }, { batchSize: 40, epochs: 3 }))
    hash.add(new Float64Array([loss, nfe]))
  hash.add(await workers.forward(node, x))
  return hash.text()
}

function train(relode, dtype, activation, steps, hash) {
  const field = new relode.MLP([4, 17, 5, 3], { activation, time: 'concat', dtype, seed: 7 })
  const t = [0, 0.4, 1]
  const node = new relode.NeuralODE(field, { t, solver: relode.dopri5, rtol: 1e-5, atol: 1e-6 })
  const rows = 12
  const x = array(dtype, ramp(rows * 3, 5))
  const y = array(dtype, ramp(t.length * rows * 3, 7))
  const optimizer = relode.adamw({ lr: 3e-3 })
  const options = { optimizer, schedule: relode.cosine(), clip: 1, batchSize: 6, epochs: steps / 2, seed: 3 }
  for (const { loss, nfe } of relode.fit(node, { x, y }, options)) hash.add(new Float64Array([loss, nfe]))
  hash.add(field.parameters)
  hash.add(node.forward(x))
  hash.add(node.save())
  field.dispose()
}

function array(dtype, values) {
  return dtype === 'f32' ? Float32Array.from(values) : Float64Array.from(values)
}

/** Numbers in [-1, 1] without a transcendental function or a random one. */
function ramp(length, stride) {
  return Array.from({ length }, (_, i) => ((i * stride) % 11) / 5.5 - 1)
}

function oscillator(_, y, dy) {
  dy[0] = y[1]
  dy[1] = -y[0]
}

/** FNV-1a, 64 bits. */
class Hash {
  #hash = 0xcbf29ce484222325n

  add({ buffer, byteOffset, byteLength }) {
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
      this.#hash = BigInt.asUintN(64, (this.#hash ^ BigInt(byte)) * 0x100000001b3n)
    }
  }

  text() {
    return this.#hash.toString(16).padStart(16, '0')
  }
}
