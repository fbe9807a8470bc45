import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexToBytes } from '@opengradient/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enginePublicKey } from '../../src/consensus/cometbft/engineKey.ts'
import { writeEngineKeys } from '../../src/consensus/cometbft/home.ts'
import { consensusAddress } from '../../src/consensus/cometbft/identity.ts'
import { ownVotes } from '../../src/consensus/cometbft/ownVotes.ts'
import { testAbci } from './abci.testkit.ts'

const seed = new Uint8Array(32).fill(7)
const OWN = hexToBytes(consensusAddress(enginePublicKey(seed)))
const OTHER = new Uint8Array(20).fill(9)
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'og-votes-'))
  await writeEngineKeys(home, { validatorSeed: seed, nodeSeed: new Uint8Array(32).fill(8) })
})

afterEach(() => rm(home, { recursive: true, force: true }))

const record = (height: number) =>
  writeFile(join(home, 'data', 'priv_validator_state.json'), JSON.stringify({ height: String(height), round: 0, step: 3 }))

type Flag = 'absent' | 'commit' | 'nil'
const votes = (own: Flag) => ({
  votes: [
    { validator: { address: OTHER, power: 10n }, blockIdFlag: 'commit' as const },
    { validator: { address: OWN, power: 10n }, blockIdFlag: own },
  ],
})

/** A node that has this many blocks, whose key has this home. */
async function nodeAt(height: number) {
  const node = await testAbci({ ownVotes: ownVotes(home) })
  for (let i = 0; i < height; i++) {
    await node.finalize([])
    await node.commit()
  }
  return node
}

describe('a node whose consensus key has a record of its votes', () => {
  it('goes on while every vote of the key in the network is on the record, whatever others voted', async () => {
    const node = await nodeAt(4)
    for (const [recorded, own] of [
      [4, 'commit'],
      [5, 'nil'],
      [5, 'commit'],
      [0, 'absent'],
      [900, 'commit'],
    ] as const) {
      await record(recorded)
      expect(await node.process([], { proposedLastCommit: votes(own) }), `${recorded} ${own}`).toBe('accept')
    }
    await record(4)
    expect((await node.finalize([], { decidedLastCommit: votes('commit') })).appHash).toBeDefined()
    await node.commit()
    expect(node.halts).toEqual([])
  })

  it.each(['commit', 'nil'] as const)('halts before it votes or stores anything when a vote (%s) is not on it', async (own) => {
    await record(3)
    const unrecorded = { code: 'CONSENSUS_VOTE_UNRECORDED', details: { signed: '4', recorded: '3' } }
    const voting = await nodeAt(4)
    await expect(voting.process([], { proposedLastCommit: votes(own) })).rejects.toMatchObject(unrecorded)
    const catchingUp = await nodeAt(4)
    await expect(catchingUp.finalize([], { decidedLastCommit: votes(own) })).rejects.toMatchObject(unrecorded)
    for (const node of [voting, catchingUp]) {
      expect(node.halts).toMatchObject([unrecorded])
      expect(node.ledger.head.height).toBe(4n)
      await expect(node.process([])).rejects.toMatchObject(unrecorded)
    }
  })

  it('sees a record that CometBFT has written meanwhile, and a key that was put in the place of another', async () => {
    const node = await nodeAt(2)
    await record(2)
    await node.finalize([], { decidedLastCommit: votes('commit') })
    await node.commit()
    await record(3)
    await node.finalize([], { decidedLastCommit: votes('commit') })
    await node.commit()
    await rm(join(home, 'config', 'priv_validator_key.json'))
    await writeEngineKeys(home, { validatorSeed: new Uint8Array(32).fill(70), nodeSeed: new Uint8Array(32).fill(8) })
    expect(await node.process([], { proposedLastCommit: votes('commit') })).toBe('accept')
  })

  it('has no opinion where there is no key or no record, and halts where CometBFT did not write them', async () => {
    const node = await nodeAt(2)
    await rm(join(home, 'data', 'priv_validator_state.json'))
    expect(await node.process([], { proposedLastCommit: votes('commit') })).toBe('accept')
    for (const broken of ['{', '{"height":"many"}', '7', ' '.repeat(70_000)]) {
      await writeFile(join(home, 'data', 'priv_validator_state.json'), broken)
      await expect((await nodeAt(2)).process([], { proposedLastCommit: votes('commit') }), broken.slice(0, 20)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.not.stringContaining('many'),
      })
    }
    await rm(join(home, 'config'), { recursive: true })
    expect(await node.process([], { proposedLastCommit: votes('commit') })).toBe('accept')
    await mkdir(join(home, 'config'))
    await writeFile(join(home, 'config', 'priv_validator_key.json'), '{"address":"ab"}')
    await expect(node.process([], { proposedLastCommit: votes('commit') })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
