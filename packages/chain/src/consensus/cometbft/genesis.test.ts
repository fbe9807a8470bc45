import { bytesToHex, type Hex, utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { CHAIN_ID, testGenesis } from '../../../test/chain.testkit.ts'
import type { Genesis } from '../../genesis/genesis.ts'
import type { GenesisValidator } from '../../genesis/validators.ts'
import { readRequest, writeRequest } from './envelope.ts'
import { engineGenesis } from './genesis.ts'
import { initChainResponse } from './handshake.ts'

const OPG = 10n ** 18n
const account = (byte: number): Hex => `0x${'0'.repeat(39)}${byte}`
const VALIDATORS: readonly GenesisValidator[] = [
  { account: account(1), consensusKey: `0x${'01'.repeat(32)}`, bond: 10_000n * OPG, commissionBps: 0 },
  { account: account(2), consensusKey: `0x${'02'.repeat(33)}`, bond: 20_000n * OPG + OPG / 2n, commissionBps: 0 },
]
const genesis: Genesis = { ...(await testGenesis()), validators: VALIDATORS }

describe('the genesis file of CometBFT', () => {
  it('is the same from the same genesis, and names it by its hash', () => {
    const text = engineGenesis(genesis)
    expect(engineGenesis({ ...genesis })).toBe(text)
    const document = JSON.parse(text)
    expect(document).toMatchObject({
      chain_id: `og-${CHAIN_ID}`,
      initial_height: '1',
      genesis_time: new Date(Number(genesis.time) * 1_000).toISOString(),
      app_hash: genesis.hash.slice(2).toUpperCase(),
      app_state: genesis.hash,
      validators: [
        { power: '10000', pub_key: { type: 'tendermint/PubKeyEd25519' } },
        { power: '20000', pub_key: { type: 'tendermint/PubKeySecp256k1' } },
      ],
    })
    // 20 days: a day before the stake behind a key is free to go.
    expect(document.consensus_params.evidence.max_age_duration).toBe(String(20n * 86_400n * 10n ** 9n))
    expect(document.consensus_params.block).toEqual({ max_bytes: '4194304', max_gas: '-1' })
  })

  it('is refused to a network with an embedded validator', () => {
    const { validators: _, ...embedded } = genesis
    expect(() => engineGenesis(embedded)).toThrow(/names no validators/)
  })
})

describe('the beginning of the chain', () => {
  const fair = {
    chainId: `og-${CHAIN_ID}`,
    initialHeight: 1n,
    time: { seconds: genesis.time },
    appStateBytes: utf8(JSON.stringify(genesis.hash)),
    validators: [
      { pubKey: { secp256k1: new Uint8Array(33).fill(2) }, power: 20_000n },
      { pubKey: { ed25519: new Uint8Array(32).fill(1) }, power: 10_000n },
    ],
  }
  function begin(more: object = {}, height = 0n) {
    const request = readRequest(writeRequest('initChain', { ...fair, ...more }))
    if (request.method !== 'initChain') throw new Error(request.method)
    const info = () => ({ height, appHash: genesis.hash, time: genesis.time })
    return initChainResponse(request.value, genesis, { info })
  }

  it('answers the genesis hash, the validators as they came, and our parameters', () => {
    const response = begin()
    expect(bytesToHex(response.appHash!)).toBe(genesis.hash)
    expect(response.validators).toMatchObject(fair.validators)
    expect(response.consensusParams!.block).toEqual({ maxBytes: 4_194_304n, maxGas: -1n })
    expect(response.consensusParams!.abci).toEqual({ voteExtensionsEnableHeight: 0n })
  })

  it('is refused to CometBFT of another network, saying what differs', () => {
    const other = { pubKey: { ed25519: new Uint8Array(32).fill(3) }, power: 1n }
    const cases: [RegExp, object, bigint?][] = [
      [/chain id is "og-1", not/, { chainId: 'og-1' }],
      [/app state is not the genesis hash/, { appStateBytes: utf8(genesis.hash) }],
      [/app state is not the genesis hash/, { appStateBytes: new Uint8Array() }],
      [/first block is 2/, { initialHeight: 2n }],
      [/its time is/, { time: { seconds: genesis.time + 1n } }],
      [/its time is/, { time: { seconds: genesis.time, nanos: 1 } }],
      [/no block yet, and this node has 9/, {}, 9n],
      [/has 3 validators, not 2/, { validators: [...fair.validators, other] }],
      [/has power 1, not 0/, { validators: [fair.validators[0]!, other] }],
      [/has power 8, not 20000/, { validators: [{ ...fair.validators[0]!, power: 8n }, fair.validators[1]!] }],
    ]
    for (const [why, more, height] of cases) {
      expect(() => begin(more, height), String(why)).toThrow(why)
      expect(() => begin(more, height)).toThrow(expect.objectContaining({ code: 'CHAIN_GENESIS_INVALID' }))
    }
  })
})
