import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Packed {
  /** The tarball as `npm publish` would send it. */
  readonly tarball: string
  /** Paths inside the tarball. */
  readonly files: readonly string[]
  /** A fresh project, outside of this repository, that has installed the tarball and nothing else. */
  readonly project: string
  readonly remove: () => void
}

/** Packs what `npm run build` left in dist/ and installs it like a user would. Node only. */
export function packAndInstall(): Packed {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const project = mkdtempSync(join(tmpdir(), 'relode-packed-'))
  const npm = (cwd: string, ...args: string[]): string =>
    // Scripts off: `prepack` would build once more. Offline: a package without dependencies needs no registry.
    execFileSync('npm', [...args, '--ignore-scripts', '--offline', '--loglevel=error'], { cwd, encoding: 'utf8' })
  const report: unknown = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', project))
  const [{ filename, files }] = Object.values(report as Record<string, Report>) as [Report]
  const tarball = join(project, filename)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }))
  npm(project, 'install', '--no-audit', '--no-fund', tarball)
  return {
    tarball,
    files: files.map(({ path }) => path),
    project,
    remove: () => rmSync(project, { recursive: true, force: true }),
  }
}

interface Report {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}
