import { readFileSync } from 'node:fs'
import { parseBundle, presets, type Receipt } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import type { BundleVector } from '../../test/vectors/build.ts'
import { bytesOf, policyOf } from '../../test/vectors/replay.ts'
import type { Context } from '../context.ts'
import { verify } from '../verify.ts'
import { zkChecks } from './zk.ts'

describe('questions about a proof', () => {
  const unanswerable = () => {
    throw new Error('the manifest cannot be read')
  }
  const asked = (level: number, manifest: () => object) =>
    zkChecks({ bundle: { receipt: { level } }, receipt: () => ({ level }), manifest, policy: presets.answer } as unknown as Context)

  it('are absent where the receipt claims level zk of a model that can be proved, and there are none else', async () => {
    expect(await asked(2, () => ({ zk: {} }))).toMatchObject({ 'zk.model': { status: 'absent' }, 'zk.proof': { status: 'absent' } })
    expect(await asked(0, () => ({ zk: {} }))).toEqual({})
    expect(await asked(2, () => ({}))).toEqual({})
    expect(await asked(2, unanswerable)).toEqual({})
  })
})

it('a statement of level zk is not that of a receipt of another level, whatever the receipt names', async () => {
  const file = new URL('../../../../vectors/valid/', import.meta.url)
  const vector = JSON.parse(readFileSync(new URL('071-zk-proved.json', file), 'utf8')) as BundleVector
  const bundle = parseBundle(bytesOf(vector))
  const codeOf = async (level: Receipt['level']) => {
    const { checks } = await verify({ ...bundle, receipt: { ...bundle.receipt, level } }, policyOf(vector), vector.trust, vector.now)
    return checks.find(({ id }) => id === 'zk.statement')
  }
  expect(await codeOf(2)).toMatchObject({ status: 'pass' })
  expect(await codeOf(0)).toMatchObject({ status: 'fail', code: 'ZK_STATEMENT_MISMATCH' })
})
