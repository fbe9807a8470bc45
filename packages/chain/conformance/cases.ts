import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One `.io` file: what is asked, and what must be answered. */
export interface Case {
  readonly name: string
  readonly exchanges: readonly { readonly request: string; readonly expected: unknown }[]
  /** Only the form of the answers matters: the same members, of the same types. */
  readonly formOnly: boolean
}

/** Every `METHOD/NAME.io` file, in the order of their names. */
export function readCases(folder: string): Case[] {
  const methods = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const files = (method: string) => readdirSync(join(folder, method)).filter((file) => file.endsWith('.io'))
  const paths = methods.flatMap(({ name }) => files(name).map((file) => `${name}/${file}`))
  return paths.sort().map((path) => readCase(path, readFileSync(join(folder, path), 'utf8')))
}

/** A line `>> ` is a request, the `<< ` after it its answer; `//` lines are notes. Traces must be equal, although only their form is asked for. */
function readCase(path: string, text: string): Case {
  const lines = text.split('\n')
  const after = (mark: string) => lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length))
  const answers = after('<< ')
  return {
    name: path.replace(/\.io$/, ''),
    exchanges: after('>> ').map((request, index) => ({ request, expected: JSON.parse(answers[index]!) })),
    formOnly: lines.some((line) => line.startsWith('// speconly:')) && !path.startsWith('debug_trace'),
  }
}
