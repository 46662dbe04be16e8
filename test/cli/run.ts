import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Milliseconds after which a command hangs: less than a test has, and more than any takes on a machine with other things to do. */
const TIME = 100_000
const command = join(root, 'dist/cli.js')

export const LYNX_HARE: string = join(root, 'examples/lynx-hare/lynx-hare.csv')
export const OUTPUTS: readonly string[] = ['model.safetensors', 'trajectory.csv', 'figure.svg']

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder of its own, where the built command runs as a user would run it. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'relode-cli-'))

  run(...args: string[]): Ended {
    const ended = spawnSync(process.execPath, [command, ...args], { cwd: this.path, encoding: 'utf8', timeout: TIME })
    return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr }
  }

  /** The same with an end by a signal, at the `count`-th file of that name that it writes: before or after it has its name. */
  endAt(
    args: readonly string[],
    end: readonly [NodeJS.Signals, name: string, count: number, 'before' | 'after'],
  ): Ended {
    const env = { ...process.env, RELODE_TEST_END: JSON.stringify(end) }
    const own = ['--import', new URL('end-at.mjs', import.meta.url).href, command, ...args]
    const ended = spawnSync(process.execPath, own, { cwd: this.path, encoding: 'utf8', timeout: TIME, env })
    return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr }
  }

  /** Starts the command, and sends it a signal once `when`, told what it has printed, says so. */
  async interrupt(
    args: string[],
    signal: NodeJS.Signals,
    when: (texts: Omit<Ended, 'code'>) => boolean,
  ): Promise<Ended> {
    const child = spawn(process.execPath, [command, ...args], { cwd: this.path })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (text) => (texts[name] += String(text)))
    const timer = setInterval(() => {
      if (!when(texts)) return
      clearInterval(timer)
      child.kill(signal)
    }, 5)
    const code = await new Promise<number | null>((settle) => child.on('close', settle))
    clearInterval(timer)
    return { code, ...texts }
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.path, name), text)
    return name
  }

  writeBytes(name: string, bytes: Uint8Array): string {
    writeFileSync(join(this.path, name), bytes)
    return name
  }

  read(name: string): Buffer {
    return readFileSync(resolve(this.path, name))
  }

  removeFile(name: string): void {
    rmSync(join(this.path, name))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A damped oscillation as CSV: `t,x,y`, n rows. */
export function oscillation(n: number): string {
  const rows = Array.from({ length: n }, (_, i) => {
    const t = i / 2
    const size = Math.exp(-t / 20)
    return [t, size * Math.cos(t), size * Math.sin(t)].join(',')
  })
  return `t,x,y\n${rows.join('\n')}\n`
}
