// Loaded before the command (`node --import`): ends it by a signal at a file that it writes, whatever the clock says. RELODE_TEST_END:
// [the signal, the end of the file's name, the how many-th such file, 'before' or 'after' it has its name].
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [signal, name, count, when] = JSON.parse(process.env.RELODE_TEST_END)
const { renameSync } = fs
let written = 0
fs.renameSync = (from, to) => {
  const end = String(to).endsWith(name) && ++written === count
  if (end && when === 'before') process.kill(process.pid, signal)
  renameSync(from, to)
  if (end && when === 'after') process.kill(process.pid, signal)
}
syncBuiltinESMExports()
