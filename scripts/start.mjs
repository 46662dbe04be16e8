// `npm start`: the command line on the record in examples/, as a first look at what the package does. Further arguments go
// to `relode fit`, such as `npm start -- --seed 1`, or `npm start -- --resume` after Ctrl-C.
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main, runNode } from './run.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const given = process.argv.slice(2)
const args = [
  ...['fit', 'examples/lynx-hare/lynx-hare.csv', '--time', 'year', '--state', 'hare,lynx', '--log'],
  ...['--holdout', '1915', '--baseline', 'lotka-volterra', '--out', 'out/lynx-hare'],
  ...(given.includes('--resume') ? [] : ['--force']),
  ...given,
]
// Ctrl-C goes to both processes; the command writes its checkpoint and ends, and this one ends with it.
process.on('SIGINT', () => {})

await main(async () => {
  const command = relative('.', fileURLToPath(new URL('../dist/cli.js', import.meta.url)))
  console.error(`relode ${args.join(' ')}`)
  await runNode(command, args)
})
