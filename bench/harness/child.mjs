// A contestant's process: a line of JSON in, a line of JSON out, so that rounds are interleaved between processes.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process that answers each line with a line. `ask({ ... })` gives the answer, or throws what the process says went wrong. */
export class Child {
  #child
  #lines
  #name
  #errors = ''

  constructor(name, command, args, options = {}) {
    this.#name = name
    // In a group of its own, so that Ctrl-C is for the bench to answer; it ends when its input does.
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, ...options })
    this.#child.on('error', (error) => {
      this.#errors += error.message
    })
    // The end of the process closes the lines, and that is how it is told.
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.on('data', (text) => {
      this.#errors = `${this.#errors}${text}`.slice(-4000)
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async ask(message) {
    this.#child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`${this.#name} ended: ${this.#errors}`)
    const answer = JSON.parse(value)
    if (answer.error !== undefined)
      throw Object.assign(new Error(`${this.#name}: ${answer.error}`), { code: answer.code })
    return answer
  }

  /** Milliseconds of so many calls of a contestant that was prepared. */
  async time(id, calls) {
    return (await this.ask({ command: 'time', id, calls })).ms
  }

  close() {
    this.#child.stdin.end()
    this.#child.kill()
  }
}

/** Numbers that came as base64. */
export function decoded(text, Type) {
  const bytes = Buffer.from(text, 'base64')
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
