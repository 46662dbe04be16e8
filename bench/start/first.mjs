// For runtimes that are a command: prints the milliseconds from before the import to the first result.
import { first } from './digest.mjs'

const start = performance.now()
first(await import('relode'))
console.log(JSON.stringify({ ms: performance.now() - start }))
