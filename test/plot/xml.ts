/** An element of a parsed figure. */
export interface Element {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: (Element | string)[]
}

/** A strict reader of the XML that figures are made of; throws where it is not well-formed. */
export function parseXml(text: string): Element {
  const root: Element = { name: '', attributes: new Map(), children: [] }
  const open: Element[] = [root]
  const token = /<(\/)?([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/)?>|([^<]+)/gy
  while (token.lastIndex < text.length) {
    const at = token.lastIndex
    const match = token.exec(text)
    if (match === null) throw new Error(`not well-formed at ${at}: ${text.slice(at, at + 60)}`)
    const [, closing, name = '', attributes = '', single, content] = match
    const parent = open.at(-1) as Element
    if (content !== undefined) parent.children.push(plain(content))
    else if (closing !== undefined) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes <${parent.name}>`)
    } else {
      const element = { name, attributes: readAttributes(attributes), children: [] }
      parent.children.push(element)
      if (single === undefined) open.push(element)
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> is not closed`)
  const elements = root.children.filter((child) => typeof child !== 'string')
  if (elements.length !== 1) throw new Error(`${elements.length} root elements`)
  return elements[0] as Element
}

function readAttributes(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (found.has(name)) throw new Error(`attribute ${name} twice`)
    found.set(name, plain(value))
  }
  return found
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML forbids
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text))
    throw new Error('illegal character')
  return text.replace(/&(?:#(\d+);)?/g, (_, code: string | undefined) => {
    if (code === undefined) throw new Error(`a bare & in ${text}`)
    return String.fromCharCode(Number(code))
  })
}

/** All elements of one name, in document order. */
export function findAll({ children }: Element, name: string): Element[] {
  return children.flatMap((child) => {
    if (typeof child === 'string') return []
    return child.name === name ? [child, ...findAll(child, name)] : findAll(child, name)
  })
}

/** The text of an element and everything in it. */
export function textOf({ children }: Element): string {
  return children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('')
}
