import { readdirSync, readFileSync } from 'node:fs'
import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { tagged } from '../../reference/bytes.ts'
import { referenceVerifyRegistration } from '../../reference/files.ts'
import { referenceLowerRegistration } from '../../reference/lower/registration.ts'
import { decodeModel } from '../../reference/model/valid.ts'
import { encodeProgram } from '../../reference/program.ts'
import { verifier } from '../attacks/model.ts'
import type { RegistrationVector, RejectedRegistration } from './registered.ts'
import { buildRegistrationVectors } from './registrations.ts'
import { type ReplayedRegistration, replayedRegistration } from './replay.ts'

const folder = (group: string) => new URL(`../../../../vectors/zk/registration/${group}/`, import.meta.url)
const read = <T>(group: string, file: string) => JSON.parse(readFileSync(new URL(file, folder(group)), 'utf8')) as T

/** Both verdicts on the same bytes. */
function verdicts({ files, zkModelId, proof }: ReplayedRegistration): [product: string, reference: string] {
  const both = [verifier.verifyRegistration(files, zkModelId, proof), referenceVerifyRegistration(files, zkModelId, proof)] as const
  return both.map((verdict) => (verdict.ok ? 'ok' : verdict.code)) as [string, string]
}

describe('vectors/zk/registration', () => {
  it('are what the stories give, byte for byte', () => {
    const files = buildRegistrationVectors()
    for (const group of ['valid', 'rejected']) {
      const own = files.filter(({ path }) => path.startsWith(`zk/registration/${group}/`))
      expect(readdirSync(folder(group)).sort()).toEqual(own.map(({ path }) => path.split('/').at(-1)))
      for (const { path, text } of own)
        expect(readFileSync(new URL(path.split('/').at(-1)!, folder(group)), 'utf8') === text, path).toBe(true)
    }
  })
})

describe('vectors/zk/registration/valid', () => {
  it.each(readdirSync(folder('valid')))('%s is accepted by both verifiers, which write the same program', (file) => {
    const vector = read<RegistrationVector>('valid', file)
    expect(verdicts(replayedRegistration(vector))).toEqual(['ok', 'ok'])
    const own = encodeProgram(referenceLowerRegistration(decodeModel(hexToBytes(vector.ir))))
    expect(bytesToHex(tagged('zkml/v1/prog', own))).toBe(vector.programHash)
  })
})

describe('vectors/zk/registration/rejected', () => {
  it.each(readdirSync(folder('rejected')))('%s is refused with its code by both', (file) => {
    const change = read<RejectedRegistration>('rejected', file)
    const vector = replayedRegistration(read<RegistrationVector>('valid', `${change.of}.json`), change)
    expect(verdicts(vector)).toEqual([change.code, change.code])
  })
})
