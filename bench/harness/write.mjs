// Puts a text between its markers in a file of the documentation.
import { readFile, rename, writeFile } from 'node:fs/promises'

const marks = (name) => [`<!-- ${name}: written by npm run bench -->`, `<!-- end of ${name} -->`]

/** What stands between the markers of `name`. */
export function sectionOf(text, name) {
  const [from, to] = marks(name)
  const [start, end] = [text.indexOf(from), text.indexOf(to)]
  if (start < 0 || end < start) throw new Error(`the file must hold the line ${from}, and behind it ${to}`)
  return text.slice(start + from.length, end).trim()
}

/** The text with another section. */
export function withSection(text, name, section) {
  const [from, to] = marks(name)
  // Throws where the markers are not there.
  sectionOf(text, name)
  return `${text.slice(0, text.indexOf(from))}${from}\n\n${section.trim()}\n\n${text.slice(text.indexOf(to))}`
}

/** Writes a file as a whole or not at all. */
export async function replaceFile(path, text) {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, text)
  await rename(temporary, path)
}

export async function replaceSection(path, name, section) {
  await replaceFile(path, withSection(await readFile(path, 'utf8'), name, section))
}
