// For runtimes that are a command: prints the result as JSON.
import { measure } from './measure.mjs'

console.log(
  JSON.stringify(
    await measure(
      () => import('relode'),
      () => import('relode/pool'),
    ),
  ),
)
