// The whole build: asc -> embed -> tsc -> rollup. `--core` stops after what sources and tests need: two modules, and the steps.
import { chmod, copyFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compileWasm, targets } from './compile-wasm.mjs'
import { embedWasm } from './embed-wasm.mjs'
import { main, runNode } from './run.mjs'
import { writeSteps } from './write-steps.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const coreOnly = process.argv.includes('--core')

await main(async () => {
  await compileWasm(coreOnly ? ['simd', 'test'] : targets)
  await embedWasm()
  await writeSteps()
  if (!coreOnly) {
    for (const folder of ['build/ts', 'dist']) await rm(folder, { recursive: true, force: true })
    await runNode('node_modules/typescript/bin/tsc', ['--project', 'tsconfig.build.json'])
    await runNode('node_modules/rollup/dist/bin/rollup', ['--config', 'rollup.config.js', '--silent'])
    await chmod('dist/cli.js', 0o755)
    // Raw modules for the edge entries, and for hosts that want to stream or cache them.
    for (const target of ['simd', 'relaxed', 'inference'])
      await copyFile(`build/core.${target}.wasm`, `dist/core.${target}.wasm`)
  }
})
