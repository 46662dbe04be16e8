// A peer's first result, in a process of its own: `node start.mjs NAME`. Prints a number when it has one.
const [name] = process.argv.slice(2)

const PEERS = {
  nothing: async () => 0,
  dopri: async () => {
    const { Dopri } = (await import('dopri')).default
    const field = (_, y, dy) => {
      dy[0] = y[1]
      dy[1] = -y[0]
    }
    return new Dopri(field, 2, {}).initialise(0, [1, 0]).run(1)([1])[0][0]
  },
  'tfjs-wasm': async () => {
    const tf = await (await import('./tfjs.mjs')).open('wasm')
    return tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()[0]
  },
  'onnxruntime-node': () => layer('node'),
  'onnxruntime-web': () => layer('web'),
}

async function layer(kind) {
  const { open, prepare } = await import('./onnxruntime.mjs')
  const task = { kind: 'layer', sizes: [2, 2], batch: 1 }
  const data = { params: new Float32Array(6).fill(1), x: Float32Array.of(1, 1) }
  return (await prepare(await open(kind), task, data)).values()[0]
}

console.log(await PEERS[name]())
process.exit()
