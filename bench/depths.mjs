// One block at four depths: what it learns, how the depths tend to each other, what each costs. Prints JSON.
// `npm run bench:depths [-- --figure docs/figures/depth.svg]`, after `npm run build`.
import { writeFile } from 'node:fs/promises'
import { draw } from './depths/figure.mjs'
import { approach, costs, crossed, memory, trainAll } from './depths/measure.mjs'

const models = trainAll(600)
const cross = crossed(models)
const near = approach(models.equilibrium)
const bytes = await memory(10_000)
const result = { accuracy: cross, approach: near, memory: bytes, cost: costs(models.equilibrium, 21) }
const at = process.argv.indexOf('--figure')
if (at > 0) await writeFile(process.argv[at + 1], draw({ models, cross, near, bytes }))
console.log(JSON.stringify(result, null, 2))
