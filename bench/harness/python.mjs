// The Python packages, in a process that takes its turn in every round.
import { fileURLToPath } from 'node:url'
import { dataOf, RATE, TASKS } from '../workloads/tasks.mjs'
import { Child, decoded } from './child.mjs'

const SCRIPT = fileURLToPath(new URL('../peers/workloads.py', import.meta.url))
const base64 = (numbers) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64')

/** { contestants(name, only), solver(problem, tolerances), versions, notes, close() }; without a Python nobody, and a note that says so. */
export async function python(command = process.env.RELODE_PYTHON) {
  const nobody = { contestants: async () => [], solver: async () => undefined, versions: {}, close() {} }
  if (command === undefined) {
    const cure = 'name a Python with bench/peers/requirements.txt in RELODE_PYTHON'
    return { ...nobody, notes: [`WITHOUT PyTorch, torchdiffeq, JAX, diffrax and SciPy: ${cure}`] }
  }
  // One thread, in every library.
  const threads = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
  const flags = '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1'
  const env = { ...process.env, ...threads, XLA_FLAGS: flags, JAX_PLATFORMS: 'cpu' }
  const child = new Child('Python', command, [SCRIPT], { env })
  try {
    const { versions, missing } = await child.ask({ command: 'versions' })
    const notes = missing.length > 0 ? [`WITHOUT ${missing.join(', ')}: ${command} does not have them`] : []
    return {
      contestants: (name, only) => contestants(child, name, only),
      solver: (problem, tolerances) => solver(child, problem, tolerances),
      versions,
      notes,
      close: () => child.close(),
    }
  } catch (error) {
    child.close()
    return { ...nobody, notes: [`WITHOUT the Python packages: ${error.message.split('\n').at(-2) ?? error.message}`] }
  }
}

/** Everything that Python has for a task, except those that `only` leaves out. */
async function contestants(child, name, only = () => true) {
  const task = TASKS[name]
  const { params, x, target } = dataOf(task)
  const data = { params: base64(params), x: base64(x), ...(target && { target: base64(target) }) }
  const { names } = await child.ask({ command: 'task', id: name, task: { ...task, rate: RATE }, data })
  const found = []
  for (const title of names.filter(only)) {
    const id = `${name}/${title}`
    const { values, nfe } = await child.ask({ command: 'prepare', id })
    const numbers = decoded(values, Float32Array)
    found.push({
      name: title,
      values: () => numbers,
      notes: nfe > 0 ? { nfe } : {},
      time: (calls) => child.time(id, calls),
    })
  }
  return found
}

/** SciPy's RK45 on one problem of W6: by tolerance its error and how it is timed. */
async function solver(child, problem, tolerances) {
  const points = []
  for (const tol of tolerances) {
    const id = `${problem.name}/${tol}`
    const { values, nfe } = await child.ask({ command: 'orbit', id, ...problem, tol })
    points.push({ tol, values: decoded(values, Float64Array), nfe, time: (calls) => child.time(id, calls) })
  }
  return points
}
