import { base64 } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { begin, contractAt, ours, runOurs } from '../executor/transaction/worlds.testkit.ts'
import { checkKernels, lazily } from './module.ts'

const transfer = { type: 2, from: 0, to: contractAt(0), gasLimit: 100_000n, tip: 2n, value: 1n, data: new Uint8Array() } as const

it('a kernel that the machine cannot load is no wrong input: no transaction goes on after it', async () => {
  await begin(ours, [])
  expect(() => checkKernels()).not.toThrow()
  const asked = { ...transfer, nonce: 0n, accessList: [], authorizations: [] }
  expect(await runOurs(asked)).toMatchObject({ failed: false })
  const before = structuredClone(ours.state.changes())
  // More pages of memory than there can be.
  const greedy = lazily(base64(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 1, 0, 0x81, 0x80, 4)))
  const fault = { code: 'INTERNAL', message: expect.stringMatching(/^A kernel of the precompiles could not be loaded: /) }
  expect(() => greedy()).toThrow(expect.objectContaining(fault))
  expect(() => checkKernels()).toThrow(expect.objectContaining(fault))
  await expect(runOurs({ ...asked, nonce: 1n, value: 0n })).rejects.toMatchObject(fault)
  expect(ours.state.changes()).toEqual(before)
})
