// Where and with what a measurement was made.
import { readFile } from 'node:fs/promises'
import { cpus, release, type } from 'node:os'

const root = new URL('../../', import.meta.url)

export function machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    system: `${type()} ${release().split('-')[0]}`,
    node: process.versions.node,
  }
}

/** Of relode and of the packages of bench/peers that are installed. */
export async function versions() {
  const version = async (path) => JSON.parse(await readFile(new URL(path, root), 'utf8')).version
  const { dependencies } = JSON.parse(await readFile(new URL('bench/peers/package.json', root), 'utf8'))
  const found = { relode: await version('package.json') }
  for (const name of Object.keys(dependencies)) {
    const there = await version(`bench/peers/node_modules/${name}/package.json`).catch(() => undefined)
    if (there !== undefined) found[name] = there
  }
  return found
}
