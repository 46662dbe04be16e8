/** Reading and writing: every complaint names the file, and nobody ever sees half a file. */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InputError } from './errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'there is a file of that name',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? message
}

/** The bytes of a file. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new InputError(`cannot read ${path}: ${reason(error)}`)
  }
}

/** A file as UTF-8 text. */
export function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readBytes(path))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(`cannot read ${path}: it is not UTF-8 text`)
  }
}

/** The bytes of a file, or undefined if there is none. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new InputError(`cannot read ${path}: ${reason(error)}`)
  }
}

/**
 * Writes a file under a temporary name, waits until the disk has it, and renames it: whatever happens, the name holds the
 * old content or the new one. The temporary name is fixed, so that a killed run leaves at most one such file behind, which
 * the next run overwrites.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.part`)
  try {
    const file = openSync(temporary, 'w')
    try {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    discard(temporary)
    throw new InputError(`cannot write ${path}: ${reason(error)}`)
  }
  syncFolder(folder)
}

/** Removes what a failed write has left; that it cannot be removed either is no news. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The first error is the one to report.
  }
}

/** Removes a file if it is there. */
export function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    throw new InputError(`cannot remove ${path}: ${reason(error)}`)
  }
}

/** Removes a folder with all that is in it, if it is there. */
export function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    throw new InputError(`cannot remove ${path}: ${reason(error)}`)
  }
}

/** Makes a folder, and checks that files can be written there. */
export function makeFolder(path: string): void {
  try {
    makePath(path)
    const probe = join(path, '.relode.part')
    closeSync(openSync(probe, 'w'))
    rmSync(probe)
  } catch (error) {
    throw new InputError(`cannot write to folder ${path}: ${reason(error)}`)
  }
}

// Node's own recursive mkdir never returns where a folder cannot be made although its parent is there, as in /proc.
function makePath(path: string): void {
  if (existsSync(path)) return
  makePath(dirname(path))
  mkdirSync(path)
}

// A rename is on the disk only when its folder is. Windows cannot open a folder, and does not need it.
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // The file itself is safe; there is nothing better to do.
  }
}
