import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const FOUND = /^(?:import|export)\s+(?!type\s)[^'"]*?from\s+'([^']+)'/gm

/** Everything that is loaded with a file: its imports, and theirs, but for those of types. */
function loaded(file: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(file.href)) return seen
  seen.add(file.href)
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(FOUND)) {
    if (from.startsWith('.')) loaded(new URL(from, file), seen)
    else seen.add(from)
  }
  return seen
}

it('a verifier starts without what checks proofs and evidence: they are loaded for bundles that hold some', () => {
  const all = [...loaded(new URL('index.ts', import.meta.url))]
  expect(all.filter((name) => name.endsWith('/checks/tee.ts') || name.endsWith('/checks/zk.ts'))).toHaveLength(2)
  expect(all.filter((name) => /attestation|zkml|\/tee\/|\/zk\/|hpke|seal/.test(name))).toEqual([])
})

it('the protocol comes without sealing: only its own entry loads HPKE', () => {
  const root = new URL('../../protocol/src/', import.meta.url)
  expect([...loaded(new URL('index.ts', root))].filter((name) => /hpke|\/seal\//.test(name))).toEqual([])
  expect([...loaded(new URL('seal/index.ts', root))].filter((name) => name === '@hpke/core')).toHaveLength(1)
})
