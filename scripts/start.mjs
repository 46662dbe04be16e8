// `npm start`: the command line on the data in examples/, as a first look at what the package does.
import { main, runNode } from './run.mjs'

await main(() => runNode('dist/cli.js', process.argv.slice(2)))
