// The Python packages, where a Python has them. They run in a process of their own, and so not in turn with the others.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { problems } from './problems.mjs'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('../peers/work-precision.py', import.meta.url))
const command = process.env.RELODE_PYTHON ?? 'python3'

/** Points by solver and problem; nothing, and a word on what is missing, without the packages. */
export async function python(names, tolerances) {
  try {
    await run(command, ['-c', 'import scipy, diffrax'])
  } catch {
    console.error(`
WITHOUT SciPy and diffrax (${command}): name a Python that has them in RELODE_PYTHON, installed by

    python3 -m venv VENV && VENV/bin/pip install -r bench/peers/requirements.txt
`)
    return {}
  }
  const given = Object.fromEntries(names.map((name) => [name, { ...problems[name], field: undefined }]))
  const child = run(command, [SCRIPT], { maxBuffer: 2 ** 26 })
  child.child.stderr.pipe(process.stderr)
  child.child.stdin.end(JSON.stringify({ problems: given, tolerances }))
  return JSON.parse((await child).stdout)
}
