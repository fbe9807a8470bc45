import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { TARGETS } from './targets.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const NAMES = ['verifier', 'attestation', 'zkml', 'seal', 'contracts'] as const
interface Known {
  readonly equivalent: readonly { readonly file: string; readonly before: string }[]
  readonly unit: Known['equivalent']
}

/** Without what a formatter may change. */
const words = (text: string) => text.replace(/\s+/g, '')

test.each(NAMES)('what mutate -- %s knows of its mutants is about sources as they are', (name) => {
  const { equivalent, unit } = JSON.parse(readFileSync(join(root, TARGETS[name]!.folder, 'known.json'), 'utf8')) as Known
  const sources = new Map<string, string>()
  const holds = (file: string, before: string) => {
    if (!sources.has(file)) sources.set(file, existsSync(join(root, file)) ? words(readFileSync(join(root, file), 'utf8')) : '')
    return sources.get(file)!.includes(words(before))
  }
  expect([...equivalent, ...unit].filter(({ file, before }) => !holds(file, before))).toEqual([])
})
