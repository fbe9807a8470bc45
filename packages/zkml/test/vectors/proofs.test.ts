import { readdirSync, readFileSync } from 'node:fs'
import { type Hex, hexToBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { type Claimed, type Lower, referenceVerifyFiles } from '../../reference/files.ts'
import { encodeProgram } from '../../reference/program.ts'
import { lower } from '../../src/program/lower/lower.ts'
import type { ZkFiles } from '../../src/proof/model.ts'
import { verify } from '../attacks/model.ts'
import { buildProofVectors, type ProofVector, type RejectedVector } from './proofs.ts'

const folder = (group: string) => new URL(`../../../../vectors/zk/${group}/`, import.meta.url)
const read = <T>(group: string, file: string) => JSON.parse(readFileSync(new URL(file, folder(group)), 'utf8')) as T
const bytes = (hex: Hex) => hexToBytes(hex)

/** A valid vector with the changes of a rejected one. */
function replay(valid: ProofVector, change: Partial<RejectedVector> = {}): { files: ZkFiles; statement: Claimed; proof: Uint8Array } {
  const said = { ...valid.statement, ...change.statement }
  const blob = change.blob ?? valid.blob
  const files = {
    manifest: bytes(change.manifest ?? valid.manifest),
    ir: bytes(change.ir ?? valid.ir),
    ...(blob ? { weights: bytes(blob) } : {}),
  }
  const statement = { zkModelId: bytes(said.zkModelId), batch: said.batch, x: bytes(said.x), y: bytes(said.y), ctx: bytes(said.ctx) }
  const base = bytes(change.proof ?? valid.proof)
  const proof = new Uint8Array(change.resize ?? base.length)
  proof.set(base.subarray(0, proof.length))
  for (const [at, hex] of change.patch ?? []) proof.set(bytes(hex), at)
  return { files, statement, proof }
}

/** The one model whose views are copied, which the second lowering does not do: there the first one lowers for both. */
const COPIED = '15-views'
const lowered: Lower = (ir, weights, { batch }) =>
  encodeProgram(lower(ir, { batch, weights: 'public', weightValues: weights.map((values) => BigInt64Array.from(values)) }).program)

/** What the slow second verifier says of the same bytes. */
function second({ files, statement, proof }: ReturnType<typeof replay>, of: string): string {
  const verdict = referenceVerifyFiles(files, statement, proof, ...(of.startsWith(COPIED) ? [lowered] : []))
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
    const vector = replay(read<ProofVector>('valid', file))
    expect(verify(vector.files, vector.statement, vector.proof)).toEqual({ ok: true })
    expect(second(vector, file)).toBe('ok')
  })
})

describe('vectors/zk/rejected', () => {
  it.each(readdirSync(folder('rejected')))('%s is refused with its code by both', (file) => {
    const change = read<RejectedVector>('rejected', file)
    const vector = replay(read<ProofVector>('valid', `${change.of}.json`), change)
    expect(verify(vector.files, vector.statement, vector.proof)).toMatchObject({ ok: false, code: change.code })
    expect(second(vector, change.of)).toBe(change.code)
  })
})
