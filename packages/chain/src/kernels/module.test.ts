import { base64 } from '@opengradient/protocol'
import { expect, it, onTestFinished, vi } from 'vitest'

it('a kernel that the machine cannot load is no wrong input: no transaction goes on after it', async () => {
  // No transaction ever, in this process: modules of its own, which no test after it gets.
  vi.resetModules()
  onTestFinished(() => void vi.resetModules())
  const { checkKernels, lazily } = await import('./module.ts')
  const { begin, contractAt, ours, runOurs } = await import('../executor/transaction/worlds.testkit.ts')
  const transfer = { type: 2, from: 0, to: contractAt(0), gasLimit: 100_000n, tip: 2n, value: 1n, data: new Uint8Array() } as const
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
