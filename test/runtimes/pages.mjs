// Chromium: the package as native modules, and through bundlers.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { promisify } from 'node:util'
import { build as esbuild } from 'esbuild'
import { chromium } from 'playwright'
import { build as vite } from 'vite'
import webpack from 'webpack'
import { chromiumArgs, findChromium } from '../support/chromium.ts'

const html = (script, head = '') =>
  `<!doctype html><html><head>${head}</head><body><script type="module" src="${script}"></script></body></html>`

/** A page that loads a script of the project as a native module. */
export async function nativePage(folder, script) {
  await mkdir(folder, { recursive: true })
  const dist = '/node_modules/relode/dist'
  const map = JSON.stringify({ imports: { relode: `${dist}/index.js`, 'relode/pool': `${dist}/pool.js` } })
  await writeFile(join(folder, 'index.html'), html(script, `<script type="importmap">${map}</script>`))
}

/** Each makes a folder `name` in the project with an index.html, as a user of that tool would. */
const PAGES = {
  native: (folder) => nativePage(folder, '/page.mjs'),
  esbuild: async (folder, project) => {
    const options = { bundle: true, format: 'esm', minify: true, splitting: true }
    // It does not see the workers' script: that is an entry of its own, and the page says where.
    const entryPoints = { page: 'page.mjs', worker: 'relode/pool-worker' }
    await esbuild({ absWorkingDir: project, entryPoints, outdir: folder, ...options })
    const where = "<script>globalThis.poolWorker = new URL('worker.js', location.href)</script>"
    await writeFile(join(folder, 'index.html'), html('page.js', where))
  },
  vite: async (folder, project) => {
    await writeFile(join(project, 'index.html'), html('page.mjs'))
    const build = { outDir: folder, emptyOutDir: false }
    await vite({ root: project, base: './', configFile: false, logLevel: 'error', build })
  },
  webpack: async (folder, project) => {
    const output = { path: folder, filename: 'page.js', publicPath: 'auto' }
    const stats = await promisify(webpack)({ mode: 'production', context: project, entry: './page.mjs', output })
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'))
    await writeFile(join(folder, 'index.html'), html('page.js'))
  },
}

/**
 * Serves the project to a browser: `use` is given its name, `open(folder)`, which resolves to what the page in that folder leaves in
 * `globalThis.result`, and `page(folder)`, which resolves to the page itself, once that is there. undefined, said loudly, where there is no browser and this is not CI.
 */
export async function withBrowser(project, use) {
  const executablePath = await findChromium()
  if (executablePath === undefined) return undefined
  const server = await serve(project)
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  try {
    const page = (folder) => load(browser, `http://localhost:${server.address().port}/${folder}/index.html`)
    const open = async (folder) => {
      const loaded = await page(folder)
      const result = await loaded.evaluate(() => globalThis.result)
      await loaded.close()
      return result
    }
    return await use(`Chromium ${browser.version().split('.')[0]}`, open, page)
  } finally {
    await browser.close()
    server.close()
  }
}

/** The result of every page; none without a browser. */
export async function runPages(project) {
  const rows = await withBrowser(project, async (version, open) => {
    const all = []
    for (const [name, make] of Object.entries(PAGES)) {
      const folder = join(project, name)
      await mkdir(folder, { recursive: true })
      await make(folder, project)
      all.push({ runtime: `${version} ${name}`, ...(await open(name)) })
    }
    return all
  })
  return rows ?? []
}

async function load(browser, url) {
  const page = await browser.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  const result = await page.evaluate(() => globalThis.result)
  if (result === undefined) throw new Error(`${url} gave no result: ${errors.join(', ')}`)
  return page
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' }

async function serve(folder) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname)
    try {
      const body = await readFile(join(folder, path))
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, 'localhost', resolve))
  return server
}
