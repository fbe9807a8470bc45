import { ADDRESSES } from '@opengradient/contracts/addresses'
import { SUPPLY } from '@opengradient/contracts/artifacts'
import { bytesToHex, utf8, ZERO_ADDRESS } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { decodeAccount, unseal } from '../state/account.ts'
import { KEY } from '../state/keys.ts'
import { buildGenesis } from './build.ts'
import { encodeGenesis, type GenesisParameters, LOCAL_BENEFICIARIES, parseGenesis } from './genesis.ts'
import { makeGenesis } from './make.ts'

const PARAMETERS: GenesisParameters = {
  chainId: 2n ** 33n,
  validator: '0x00000000000000000000000000000000000000aa',
  faucets: [{ address: '0x00000000000000000000000000000000000000bb', amount: 5n * 10n ** 24n }],
  time: 1_780_000_000n,
  beneficiaries: LOCAL_BENEFICIARIES,
}

describe('a genesis', () => {
  it('holds exactly 10^27 wei: the vesting money and what faucets took from it', async () => {
    const { transition } = await buildGenesis(PARAMETERS, await loadCrypto())
    const balances = new Map<string, bigint>()
    for (const { key, value } of transition.writes) {
      if (key[0] === KEY.allAccounts[0] && value) balances.set(bytesToHex(key.subarray(1)), decodeAccount(unseal(key, value)).balance)
    }
    expect([...balances.values()].reduce((a, b) => a + b)).toBe(SUPPLY)
    expect(balances.get(PARAMETERS.faucets[0]!.address)).toBe(5n * 10n ** 24n)
    expect(balances.get(ADDRESSES.vesting)).toBe(SUPPLY - 5n * 10n ** 24n)
  })

  it('is the same every time it is made, and another for any other parameter', async () => {
    const hashes = new Set<string>()
    const { hash } = await makeGenesis(PARAMETERS)
    expect((await makeGenesis(structuredClone(PARAMETERS))).hash).toBe(hash)
    const others: Partial<GenesisParameters>[] = [
      { chainId: 2n ** 33n + 1n },
      { validator: '0x00000000000000000000000000000000000000ab' },
      { time: PARAMETERS.time + 1n },
      { faucets: [] },
      { beneficiaries: [...LOCAL_BENEFICIARIES.slice(0, 6), ADDRESSES.rewards] as unknown as GenesisParameters['beneficiaries'] },
    ]
    for (const other of others) hashes.add((await makeGenesis({ ...PARAMETERS, ...other })).hash)
    expect(hashes.size).toBe(others.length)
    expect(hashes).not.toContain(hash)
  })

  it('survives its file', async () => {
    const genesis = await makeGenesis(PARAMETERS)
    expect(parseGenesis(encodeGenesis(genesis))).toEqual(genesis)
  })

  it('gives to the ecosystem treasury and Rewards on a local network unless told otherwise', async () => {
    const { beneficiaries: _, ...rest } = PARAMETERS
    expect(await makeGenesis(rest)).toEqual(await makeGenesis(PARAMETERS))
  })

  it('refuses faucets with more than the ecosystem share', async () => {
    const faucets = [{ address: PARAMETERS.validator, amount: (SUPPLY * 40n) / 100n + 1n }]
    await expect(makeGenesis({ ...PARAMETERS, faucets })).rejects.toMatchObject({ code: 'CHAIN_GENESIS_INVALID' })
  })

  it('refuses a faucet named twice', async () => {
    const faucets = [PARAMETERS.faucets[0]!, PARAMETERS.faucets[0]!]
    await expect(makeGenesis({ ...PARAMETERS, faucets })).rejects.toMatchObject({ code: 'CHAIN_GENESIS_INVALID' })
  })

  it('refuses files that break a rule, naming the field', async () => {
    const good = JSON.parse(Buffer.from(encodeGenesis(await makeGenesis(PARAMETERS))).toString())
    const bad: [string, object][] = [
      ['chainId', { ...good, chainId: 2 ** 51 }],
      ['validator', { ...good, validator: ZERO_ADDRESS }],
      ['validator', { ...good, validator: '0xAA' }],
      ['time', { ...good, time: -1 }],
      ['faucets', { ...good, faucets: [{ address: PARAMETERS.validator, amount: '-1' }] }],
      ['beneficiaries', { ...good, beneficiaries: good.beneficiaries.slice(1) }],
      ['genesisHash', { ...good, genesisHash: '0x00' }],
      ['version', { ...good, version: 2 }],
      ['extra', { ...good, extra: 1 }],
    ]
    for (const [field, json] of bad) expect(() => parseGenesis(utf8(JSON.stringify(json)))).toThrow(field)
    expect(() => parseGenesis(utf8('{'))).toThrow()
  })
})
