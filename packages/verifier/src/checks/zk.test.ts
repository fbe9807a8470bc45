import { readFileSync } from 'node:fs'
import { OgError, parseBundle, presets, type Receipt } from '@opengradient/protocol'
import { Kernels } from '@opengradient/zkml'
import { describe, expect, it, vi } from 'vitest'
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

describe('a proof that cannot be checked here fails', () => {
  const outcomes = async (error: Error) => {
    const load = vi.spyOn(Kernels, 'load').mockRejectedValue(error)
    try {
      return Object.values(await zkChecks({ bundle: { zk: {} }, policy: presets.zk } as unknown as Context))
    } finally {
      load.mockRestore()
    }
  }

  it('and says what is missing', async () => {
    const failed = { status: 'fail', code: 'ZK_WEBASSEMBLY', says: 'There is no WebAssembly here.' }
    expect(await outcomes(new OgError('ZK_WEBASSEMBLY', failed.says))).toEqual(Array.from({ length: 5 }, () => failed))
  })

  it('and says that the verifier is at fault, where nothing is missing', async () => {
    const found = await outcomes(new Error('The disk is gone.'))
    expect(found).toHaveLength(5)
    for (const outcome of found) expect(outcome).toMatchObject({ status: 'fail', code: 'INTERNAL', says: expect.stringContaining('disk') })
  })
})
