import { bytesToHex, utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { CHAIN_ID, testGenesis } from '../../../test/chain.testkit.ts'
import { readRequest, writeRequest } from './envelope.ts'
import { engineGenesis, type GenesisValidator } from './genesis.ts'
import { initChainResponse } from './handshake.ts'

const OPG = 10n ** 18n
const validator = (byte: number, bond: bigint, length = 32): GenesisValidator => ({
  account: `0x${'0'.repeat(39)}${byte}`,
  consensusKey: bytesToHex(new Uint8Array(length).fill(byte)),
  bond,
})
const VALIDATORS = [validator(1, 100n * OPG), validator(2, 7n * OPG + OPG / 2n, 33)]
const genesis = await testGenesis()

describe('the genesis file of CometBFT', () => {
  it('is the same from the same genesis, and names it by its hash', () => {
    const text = engineGenesis(genesis, VALIDATORS)
    expect(engineGenesis(genesis, VALIDATORS)).toBe(text)
    const document = JSON.parse(text)
    expect(document).toMatchObject({
      chain_id: `og-${CHAIN_ID}`,
      initial_height: '1',
      genesis_time: new Date(Number(genesis.time) * 1_000).toISOString(),
      app_hash: genesis.hash.slice(2).toUpperCase(),
      app_state: genesis.hash,
      validators: [
        { power: '100', pub_key: { type: 'tendermint/PubKeyEd25519' } },
        { power: '7', pub_key: { type: 'tendermint/PubKeySecp256k1' } },
      ],
    })
    // 20 days: a day before the stake behind a key is free to go.
    expect(document.consensus_params.evidence.max_age_duration).toBe(String(20n * 86_400n * 10n ** 9n))
    expect(document.consensus_params.block).toEqual({ max_bytes: '4194304', max_gas: '-1' })
  })

  it('is refused for validators that cannot begin', () => {
    const cases: [RegExp, GenesisValidator[]][] = [
      [/there are none/, []],
      [/named twice/, [VALIDATORS[0]!, VALIDATORS[0]!]],
      [/neither ed25519/, [validator(1, OPG, 20)]],
      [/less than 1 OPG/, [validator(1, OPG - 1n)]],
    ]
    for (const [why, validators] of cases) expect(() => engineGenesis(genesis, validators), String(why)).toThrow(why)
  })
})

describe('the beginning of the chain', () => {
  const fair = {
    chainId: `og-${CHAIN_ID}`,
    initialHeight: 1n,
    time: { seconds: genesis.time },
    appStateBytes: utf8(JSON.stringify(genesis.hash)),
    validators: [
      { pubKey: { secp256k1: new Uint8Array(33).fill(2) }, power: 7n },
      { pubKey: { ed25519: new Uint8Array(32).fill(1) }, power: 100n },
    ],
  }
  function begin(more: object = {}, height = 0n, expected: GenesisValidator[] | 'any' = VALIDATORS) {
    const request = readRequest(writeRequest('initChain', { ...fair, ...more }))
    if (request.method !== 'initChain') throw new Error(request.method)
    const info = () => ({ height, appHash: genesis.hash, time: genesis.time })
    return initChainResponse(request.value, genesis, expected === 'any' ? undefined : expected, { info })
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
      [/has power 8, not 7/, { validators: [{ ...fair.validators[0]!, power: 8n }, fair.validators[1]!] }],
    ]
    for (const [why, more, height] of cases) {
      expect(() => begin(more, height), String(why)).toThrow(why)
      expect(() => begin(more, height)).toThrow(expect.objectContaining({ code: 'CHAIN_GENESIS_INVALID' }))
    }
  })

  it('takes any validators where none were named', () => {
    const validators = [fair.validators[1]!]
    expect(begin({ validators }, 0n, 'any').appHash).toBeDefined()
  })
})
