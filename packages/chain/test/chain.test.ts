import { describe, expect, it } from 'vitest'
import { include, OPG, signer, testChain } from './chain.testkit.ts'

describe('a chain', () => {
  it('moves money', async () => {
    const chain = await testChain()
    const to = '0x00000000000000000000000000000000000000aa'
    const [receipt] = await include(chain, await signer(0).sign({ to, value: OPG, nonce: 0 }))
    expect(receipt?.status).toBe(1)
    expect((await chain.state(chain.head().height).account(to))?.balance).toBe(OPG)
    await chain.close()
  })
})
