import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const NOT_SOURCES = new Set(['generated', 'dist', 'node_modules'])

/** TypeScript and JavaScript modules below a folder, without generated ones. */
export function* sources(folder) {
  for (const name of statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : []) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) {
      if (!NOT_SOURCES.has(name)) yield* sources(path)
    } else if (/\.(tsx?|mjs)$/.test(name)) yield path
  }
}

/** A file's text without comments. */
export const codeOf = (file) =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')

/** What a file imports: `typeOnly` leaves nothing to run, `dynamic` runs later. */
export function importsOf(file) {
  const text = codeOf(file)
  const found = []
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm))
    found.push({ typeOnly: Boolean(match[1]), specifier: match[2] })
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ typeOnly: true, dynamic: true, specifier: match[1] })
  return found
}
