/** What the YAML files of this repository are made of. */
export type Yaml = string | Yaml[] | { [key: string]: Yaml }

/**
 * Reads the part of YAML 1.2 that the files of `deploy/` keep to: maps, lists of scalars, `[…]` with quoted scalars, `{}`, comments, two spaces for
 * each level. Throws on everything else, also on what a full parser would take: tabs, anchors, tags, multi-line text, a key twice.
 */
export function parseYaml(text: string): Yaml {
  const lines = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '' && !line.trim().startsWith('#'))
  let at = 0

  const wrong = (why: string): Error => new Error(`line ${lines[Math.min(at, lines.length - 1)]?.number}: ${why}`)
  const depth = (line: string): number => {
    const spaces = /^ */.exec(line)![0].length
    if (line.includes('\t') || spaces % 2 === 1) throw wrong('two spaces for each level')
    return spaces
  }

  function block(indent: number): Yaml {
    const [first] = lines.slice(at)
    if (!first || depth(first.line) !== indent) throw wrong('nothing stands here')
    return first.line.trim().startsWith('- ') ? list(indent) : map(indent)
  }

  function list(indent: number): Yaml[] {
    const items: Yaml[] = []
    for (; at < lines.length && depth(lines[at]!.line) === indent; at++) {
      const item = lines[at]!.line.trim()
      if (!item.startsWith('- ')) throw wrong('a list and a map in one place')
      items.push(scalar(item.slice(2)))
    }
    return items
  }

  function map(indent: number): { [key: string]: Yaml } {
    const entries = new Map<string, Yaml>()
    while (at < lines.length && depth(lines[at]!.line) === indent) {
      const [, key, value] = /^([A-Za-z0-9_.-]+):(?: (.+))?$/.exec(lines[at]!.line.trim()) ?? []
      if (key === undefined || entries.has(key)) throw wrong(key === undefined ? 'expected a key' : `${key} twice`)
      at++
      entries.set(key, value === undefined ? block(indent + 2) : scalar(value))
    }
    if (at < lines.length && depth(lines[at]!.line) > indent) throw wrong('too deep')
    return Object.fromEntries(entries)
  }

  function scalar(value: string): Yaml {
    if (value === '{}') return {}
    if (value.startsWith('[')) {
      const items: unknown = JSON.parse(value)
      if (Array.isArray(items) && items.every((item) => typeof item === 'string')) return items
    } else if (value.startsWith('"')) {
      const quoted: unknown = JSON.parse(value)
      if (typeof quoted === 'string') return quoted
    } else if (!/^[&*!|>'%@`{?-]/.test(value) && !/: | #/.test(value)) return value
    throw wrong(`${value} is not simple enough`)
  }

  const found = block(0)
  if (at < lines.length) throw wrong('something is left over')
  return found
}
