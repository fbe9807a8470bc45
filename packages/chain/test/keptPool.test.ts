import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createChain } from '../src/create.ts'
import type { Genesis } from '../src/genesis/genesis.ts'
import { OPG, signer, stoppedClock, testGenesis, validator } from './chain.testkit.ts'

let folder: string
let genesis: Genesis
const to = signer(9).address

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-kept-'))
  genesis = await testGenesis()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const open = (name: string, more: object = { clock: stoppedClock }) =>
  createChain({ dataDir: join(folder, name), genesis, validatorKey: validator.privateKey, ...more })

it('what waits in the pool of a node that is stopped waits again after its start, once', async () => {
  const first = await open('stopped')
  const sent = [0, 1, 3].map((nonce) => signer(0).sign({ nonce, to, value: OPG }))
  const hashes = []
  for (const raw of [...sent, signer(1).sign({ nonce: 0, to, value: OPG })]) hashes.push(await first.submit(await raw))
  const before = first.pool.content()
  await first.close()

  const second = await open('stopped')
  const after = second.pool.content()
  const told = ({ pending, queued }: typeof before) => [pending, queued].map((list) => list.map(({ hash, sender }) => [hash, sender]))
  expect(told(after)).toEqual(told(before))
  expect(after.pending.length + after.queued.length).toBe(hashes.length)
  const { height } = await second.mine!()
  expect(second.receipts(height)).toHaveLength(3)
  // Nothing but what waits behind a gap is left, and it is kept again.
  await second.close()
  const third = await open('stopped')
  expect(third.pool.content()).toMatchObject({ pending: [], queued: [{ hash: hashes[2], nonce: 3n }] })
  await third.submit(await signer(0).sign({ nonce: 2, to, value: OPG }))
  expect(third.receipts((await third.mine!()).height)).toHaveLength(2)
  await third.close()
  const fourth = await open('stopped')
  expect(fourth.pool.count()).toEqual({ pending: 0, queued: 0 })
  await fourth.close()
})

it('a start that fails loses nothing of it', async () => {
  const chain = await open('failing')
  const hash = await chain.submit(await signer(0).sign({ nonce: 0, to, value: OPG }))
  await chain.close()
  const clock = {
    ...stoppedClock,
    after: () => {
      throw new Error('no timer')
    },
  }
  await expect(open('failing', { clock })).rejects.toThrow('no timer')
  const again = await open('failing')
  expect(again.pool.get(hash)).toBeDefined()
  await again.close()
})
