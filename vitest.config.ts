import { fileURLToPath } from 'node:url'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { playwright } from '@vitest/browser-playwright'
import type { TestProjectConfiguration, ViteUserConfig } from 'vitest/config'
import { chromiumArgs, findChromium } from './test/support/chromium.ts'

const anywhere = 'test/**/*.test.ts'
const nodeOnly = 'test/**/*.node.test.ts'
const workerdOnly = 'test/**/*.workerd.test.ts'
// What looks at the built package and not at the sources: slow, and only meaningful after `npm run build`.
const packageOnly = ['test/package/**', 'test/cli/**', 'test/examples/**', 'test/pool/**']

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const node: TestProjectConfiguration = {
  test: { name: 'node', include: [anywhere], exclude: [workerdOnly, ...packageOnly], testTimeout: 30_000 },
}

const pack: TestProjectConfiguration = {
  test: {
    name: 'package',
    include: packageOnly.map((folder) => `${folder}/*.node.test.ts`),
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}

const browser = (executablePath: string): TestProjectConfiguration => ({
  // Cross-origin isolation gives SharedArrayBuffer and a finer clock.
  server: {
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
  // The command line runs where there is a Buffer; a browser needs the form that brings its own.
  resolve: { alias: [{ find: 'csv-parse/sync', replacement: 'csv-parse/browser/esm/sync' }] },
  // Found only in mid-run they would make Vite reload the page under the tests.
  optimizeDeps: { include: ['fast-check', 'csv-parse/browser/esm/sync', 'd3-array', 'd3-shape'] },
  test: {
    name: 'browser',
    include: [anywhere],
    exclude: [nodeOnly, workerdOnly],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: 'chromium' }],
      provider: playwright({ launchOptions: { executablePath, args: chromiumArgs } }),
    },
  },
})

const workerd: TestProjectConfiguration = {
  plugins: [
    cloudflareTest({
      miniflare: {
        compatibilityDate: '2026-07-01',
        // Otherwise miniflare asks the network for request metadata.
        cf: false,
        modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm', '**/*.wasm?module'] }],
      },
    }),
  ],
  // The swap that rollup makes for dist/*.workerd.js.
  resolve: {
    alias: [
      { find: /^\.\.\/load\/inline\.ts$/, replacement: file('./src/load/module-workerd.ts') },
      { find: /^\.\/(core\.\w+\.wasm\?module)$/, replacement: file('./build/$1') },
    ],
  },
  test: { name: 'workerd', include: [workerdOnly] },
}

const chromium = await findChromium()

const config: ViteUserConfig = {
  test: { projects: [node, pack, workerd, ...(chromium === undefined ? [] : [browser(chromium)])] },
}

export default config
