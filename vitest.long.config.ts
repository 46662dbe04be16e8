import type { ViteUserConfig } from 'vitest/config'

// What takes minutes, and so is no part of `npm test`: one file after the other, since some look at the memory in use.
const config: ViteUserConfig = {
  test: {
    name: 'long',
    include: ['test/long/*.long.ts'],
    fileParallelism: false,
    pool: 'forks',
    execArgv: ['--expose-gc'],
    testTimeout: 1_800_000,
  },
}

export default config
