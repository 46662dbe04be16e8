/** The host's threads: those of Node, which Deno and Bun have as well, or else web workers. */

/** A worker, of the web or of node:worker_threads: all that a pool asks of one. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: never[]): void
  terminate(): unknown
}

/** Where the workers' script is, or what makes a worker that runs it. */
export type WorkerSource = URL | string | (() => WorkerLike)

/** Ears of a pool: for messages, and for the end of the worker. */
export interface Ears {
  hear(message: unknown): void
  die(error: Error): void
}

type Post = (message: unknown, transfer: ArrayBuffer[]) => void

/** A thread that was started. */
export interface Thread {
  readonly post: Post
  /** Does the process wait for it? It does to begin with. */
  hold(wait: boolean): void
  end(): Promise<void>
}

/** What the two kinds of workers and of ports have, each its own. */
interface Either extends WorkerLike {
  on?(event: string, listener: (value: unknown) => void): void
  addEventListener?(event: string, listener: (event: Event & { data?: unknown; message?: string }) => void): void
  ref?(): void
  unref?(): void
}

interface NodeThreads {
  readonly Worker: new (source: URL | string, options: object) => Either
  readonly parentPort: Either | null
}

/** A module of Node, without an import that a bundler or a browser would trip over. */
function builtin<M>(name: string): M | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
  return process?.getBuiltinModule?.(name) as M | undefined
}

/** Threads that the machine runs at a time. */
export function concurrency(): number {
  const { navigator } = globalThis as { navigator?: { readonly hardwareConcurrency?: number } }
  const os = builtin<{ availableParallelism?(): number }>('node:os')
  return os?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1
}

/** Starts a worker. Throws where there are none; one that fails later dies. */
export function spawn(source: WorkerSource | undefined, ears: Ears): Thread {
  const worker: Either = typeof source === 'function' ? source() : start(source)
  const listen = (event: string, listener: (value: unknown) => void): void => worker.on?.(event, listener)
  if (worker.on !== undefined) {
    listen('message', (message) => ears.hear(message))
    listen('messageerror', (error) => ears.die(error as Error))
    listen('error', (error) => ears.die(error as Error))
    listen('exit', (code) => ears.die(new Error(`it ended with ${code}`)))
  } else {
    worker.addEventListener?.('message', ({ data }) => ears.hear(data))
    worker.addEventListener?.('messageerror', () => ears.die(new Error('a message could not be read')))
    worker.addEventListener?.('error', (event) => {
      event.preventDefault()
      ears.die(new Error(event.message ?? 'its script could not be run'))
    })
  }
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as never[]),
    hold: (wait) => (wait ? worker.ref?.() : worker.unref?.()),
    end: async () => {
      await worker.terminate()
    },
  }
}

function start(source: URL | string | undefined): Either {
  const threads = builtin<NodeThreads>('node:worker_threads')
  if (threads !== undefined) {
    // Flags of the main thread, such as --input-type, may be wrong for a file.
    return new threads.Worker(source ?? beside(import.meta.url), { execArgv: [], name: 'relode' })
  }
  if (typeof Worker === 'undefined') throw new Error('this host has no workers')
  const options = { type: 'module', name: 'relode' } as const
  if (source !== undefined) return new Worker(source, options) as Either
  // As bundlers want to read it.
  return new Worker(new URL('./pool-worker.js', import.meta.url), { type: 'module', name: 'relode' }) as Either
}

/** The workers' script; bundlers, which would make a second one of it, do not see through this. */
function beside(here: string): URL {
  return new URL('pool-worker.js', here)
}

/** In a worker: has `hear` called with what the pool posts, and gives the way back. */
export function parentPort(hear: (message: unknown) => void): Post {
  const port = builtin<NodeThreads>('node:worker_threads')?.parentPort
  if (port) {
    port.on?.('message', hear)
    return (message, transfer) => port.postMessage(message, transfer as never[])
  }
  const scope = globalThis as unknown as Either
  scope.addEventListener?.('message', ({ data }) => hear(data))
  return (message, transfer) => scope.postMessage(message, transfer as never[])
}
