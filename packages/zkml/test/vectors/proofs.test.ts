import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { referenceVerifyFiles } from '../../reference/files.ts'
import { verify } from '../attacks/model.ts'
import { buildProofVectors, type ProofVector, type RejectedVector } from './proofs.ts'
import { type Replayed, replayed } from './replay.ts'

const folder = (group: string) => new URL(`../../../../vectors/zk/${group}/`, import.meta.url)
const read = <T>(group: string, file: string) => JSON.parse(readFileSync(new URL(file, folder(group)), 'utf8')) as T

/** What the slow second verifier says of the same bytes. */
function second({ files, statement, proof }: Replayed): string {
  const verdict = referenceVerifyFiles(files, statement, proof)
  return verdict.ok ? 'ok' : verdict.code
}

describe('vectors/zk/valid and vectors/zk/rejected', () => {
  it('are what the stories give, byte for byte', () => {
    const files = buildProofVectors()
    for (const group of ['valid', 'rejected']) {
      const own = files.filter(({ path }) => path.startsWith(`zk/${group}/`))
      expect(readdirSync(folder(group)).sort()).toEqual(own.map(({ path }) => path.split('/').at(-1)))
      for (const { path, text } of own)
        expect(readFileSync(new URL(path.split('/').at(-1)!, folder(group)), 'utf8') === text, path).toBe(true)
    }
  })
})

describe('vectors/zk/valid', () => {
  it.each(readdirSync(folder('valid')))('%s is accepted by both verifiers', (file) => {
    const vector = replayed(read<ProofVector>('valid', file))
    expect(verify(vector.files, vector.statement, vector.proof)).toEqual({ ok: true })
    expect(second(vector)).toBe('ok')
  })
})

describe('vectors/zk/rejected', () => {
  it.each(readdirSync(folder('rejected')))('%s is refused with its code by both', (file) => {
    const change = read<RejectedVector>('rejected', file)
    const vector = replayed(read<ProofVector>('valid', `${change.of}.json`), change)
    expect(verify(vector.files, vector.statement, vector.proof)).toMatchObject({ ok: false, code: change.code })
    expect(second(vector)).toBe(change.code)
  })
})
