import { existsSync } from 'node:fs'

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']

// No sandbox, because CI runs as root; the rest keeps the browser off the network.
export const chromiumArgs: string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * A Chromium to test in: $RELODE_CHROMIUM, an installed one, or the one inside the npm package @sparticuz/chromium.
 * Without any it is an error in CI; at a desk the browser tests are left out, loudly.
 */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env['RELODE_CHROMIUM']
  if (named !== undefined) {
    if (!existsSync(named)) throw new Error(`RELODE_CHROMIUM must name an existing file, got ${named}`)
    return named
  }
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed !== undefined) return installed
  try {
    const { default: packed } = await import('@sparticuz/chromium')
    return await packed.executablePath()
  } catch (error) {
    const message = `no Chromium found (${String(error)}): set RELODE_CHROMIUM to the path of one`
    if (process.env['CI'] !== undefined) throw new Error(message)
    console.warn(`\n*** BROWSER TESTS SKIPPED: ${message} ***\n`)
    return undefined
  }
}
