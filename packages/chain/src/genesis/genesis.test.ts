import { DEFAULT_POLICY, policyBytes } from '@opengradient/attestation'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { SUPPLY } from '@opengradient/contracts/artifacts'
import { bytesToHex, type Hex, utf8, ZERO_ADDRESS } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { decodeAccount, EMPTY_CODE_HASH, sameBytes, unseal } from '../state/account.ts'
import { KEY } from '../state/keys.ts'
import type { GenesisAttestation } from './attestation.ts'
import { buildGenesis } from './build.ts'
import { encodeGenesis, type GenesisParameters, LOCAL_BENEFICIARIES, parseGenesis } from './genesis.ts'
import { makeGenesis } from './make.ts'
import type { GenesisValidator } from './validators.ts'

const PARAMETERS: GenesisParameters = {
  chainId: 2n ** 33n,
  validator: '0x00000000000000000000000000000000000000aa',
  faucets: [{ address: '0x00000000000000000000000000000000000000bb', amount: 5n * 10n ** 24n }],
  time: 1_780_000_000n,
  beneficiaries: LOCAL_BENEFICIARIES,
}

const OPG = 10n ** 18n
const STAKED: GenesisParameters = {
  ...PARAMETERS,
  validator: '0x00000000000000000000000000000000000000bb',
  validators: [
    {
      account: '0x00000000000000000000000000000000000000bb',
      consensusKey: `0x${'11'.repeat(32)}`,
      bond: 10_000n * OPG,
      commissionBps: 0,
    },
  ],
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

  it('holds contracts, faucets and nobody else: nothing can act as the Timelock, or have its money, before there is governance', async () => {
    const { transition } = await buildGenesis(PARAMETERS, await loadCrypto())
    const accounts = transition.writes.flatMap(({ key, value }) =>
      key[0] === KEY.allAccounts[0] && value ? [{ address: bytesToHex(key.subarray(1)), ...decodeAccount(unseal(key, value)) }] : [],
    )
    const { governor, timelock, feeds, inference, treasury, ...contracts } = ADDRESSES
    const found = accounts.map(({ address }) => address)
    expect(found).toEqual(expect.arrayContaining(Object.values(contracts)))
    for (const later of [governor, timelock, feeds, inference, treasury]) expect(found).not.toContain(later)
    // Whoever has no code has a key.
    const keyed = accounts.filter(({ codeHash }) => sameBytes(codeHash, EMPTY_CODE_HASH))
    expect(keyed.map(({ address }) => address)).toEqual(PARAMETERS.faucets.map(({ address }) => address))
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
      { minBaseFee: 7n },
      { minBaseFee: 2_000_000_000n },
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

  it('names a least base fee from 7 wei to 1,000 gwei, or none', async () => {
    const genesis = await makeGenesis({ ...PARAMETERS, minBaseFee: 100_000_000n })
    const bytes = encodeGenesis(genesis)
    expect(parseGenesis(bytes)).toEqual(genesis)
    const good = JSON.parse(Buffer.from(bytes).toString())
    for (const minBaseFee of ['7', '1000000000000'])
      expect(parseGenesis(utf8(JSON.stringify({ ...good, minBaseFee }))).minBaseFee).toBe(BigInt(minBaseFee))
    for (const minBaseFee of ['6', '0', '-7', '1000000000001', '07', '0x10', '', '1e9', 100_000_000, null, ['7']])
      expect(() => parseGenesis(utf8(JSON.stringify({ ...good, minBaseFee }))), String(minBaseFee)).toThrow(/minBaseFee/)
    for (const minBaseFee of [6n, 10n ** 12n + 1n])
      await expect(makeGenesis({ ...PARAMETERS, minBaseFee })).rejects.toMatchObject({ code: 'CHAIN_GENESIS_INVALID' })
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

  it('tells a network with CometBFT by its validators, in another block 0', async () => {
    const genesis = await makeGenesis(STAKED)
    const { hash, ...parameters } = genesis
    expect(parseGenesis(encodeGenesis(genesis))).toEqual(genesis)
    expect(parameters.validators).toEqual(STAKED.validators)
    const { validators: _, ...embedded } = STAKED
    expect((await makeGenesis(embedded)).hash).not.toBe(hash)
    const [one] = STAKED.validators!
    const others: Partial<GenesisValidator>[] = [
      { bond: 10_001n * OPG },
      { commissionBps: 1 },
      { consensusKey: `0x${'22'.repeat(32)}` },
      { consensusKey: `0x02${'11'.repeat(32)}` },
    ]
    const hashes = new Set<string>([hash])
    for (const other of others) hashes.add((await makeGenesis({ ...STAKED, validators: [{ ...one!, ...other }] })).hash)
    expect(hashes.size).toBe(1 + others.length)
  })

  it('refuses validators that could not begin a network, made or read', async () => {
    const [one] = STAKED.validators!
    const two: GenesisValidator = { ...one!, account: PARAMETERS.validator, consensusKey: `0x${'22'.repeat(32)}` }
    const good = JSON.parse(Buffer.from(encodeGenesis(await makeGenesis(STAKED))).toString())
    const bad: [RegExp, readonly GenesisValidator[]][] = [
      [/validators/, []],
      [/validators/, Array.from({ length: 101 }, () => one!)],
      [/first of the validators/, [{ ...one!, account: PARAMETERS.validator }]],
      [/account is named twice/, [one!, { ...two, account: one!.account }]],
      [/key is named twice/, [one!, { ...two, consensusKey: one!.consensusKey }]],
      [/less than 10,000 OPG/, [{ ...one!, bond: 0n }]],
      [/less than 10,000 OPG/, [{ ...one!, bond: 10_000n * OPG - 1n }]],
      [/more than the faucets give/, [{ ...one!, bond: 5_000_000n * OPG + 1n }]],
      [/more than the faucets give/, [one!, two]],
      [/commissionBps/, [{ ...one!, commissionBps: 5_001 }]],
      [/commissionBps/, [{ ...one!, commissionBps: -1 }]],
      [/consensusKey/, [{ ...one!, consensusKey: `0x${'11'.repeat(31)}` }]],
      [/consensusKey/, [{ ...one!, consensusKey: `0x04${'11'.repeat(32)}` }]],
    ]
    for (const [says, validators] of bad) {
      await expect(makeGenesis({ ...STAKED, validators }), String(says)).rejects.toThrow(says)
      const json = { ...good, validators: validators.map((validator) => ({ ...validator, bond: String(validator.bond) })) }
      expect(() => parseGenesis(utf8(JSON.stringify(json)))).toThrow(says)
    }
    const unknown = { ...good, validators: [{ ...good.validators[0], power: 1 }] }
    expect(() => parseGenesis(utf8(JSON.stringify(unknown)))).toThrow(/power/)
  })

  it('leaves the last word on a validator to Staking', async () => {
    const account = ADDRESSES.treasury
    const faucets = [{ address: account, amount: 10_000n * OPG }]
    const validators = [{ ...STAKED.validators![0]!, account }]
    await expect(makeGenesis({ ...STAKED, validator: account, faucets, validators })).rejects.toThrow(/Staking refuses validator 0x4f47/)
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

  const policy = new TextDecoder().decode(policyBytes({ ...DEFAULT_POLICY, allowDevelopment: true }))
  const attestation: GenesisAttestation = { policy, developmentRoots: ['0x3082', `0x${'ab'.repeat(4_096)}`] }

  it('judges evidence by a policy, under development roots on a local network', async () => {
    const genesis = await makeGenesis({ ...PARAMETERS, attestation })
    expect(parseGenesis(encodeGenesis(genesis))).toEqual(genesis)
    const others: GenesisAttestation[] = [
      { ...attestation, developmentRoots: [] },
      { ...attestation, developmentRoots: ['0x3082'] },
      { ...attestation, policy: new TextDecoder().decode(policyBytes(DEFAULT_POLICY)) },
    ]
    const hashes = new Set([genesis.hash, (await makeGenesis(PARAMETERS)).hash])
    for (const other of others) hashes.add((await makeGenesis({ ...PARAMETERS, attestation: other })).hash)
    expect(hashes.size).toBe(2 + others.length)
  })

  it('refuses development roots on a public network, made or read', async () => {
    const publicNetwork = { ...PARAMETERS, chainId: 2n ** 32n - 1n }
    const says = /development roots are for local networks/
    await expect(makeGenesis({ ...publicNetwork, attestation })).rejects.toThrow(says)
    const good = await makeGenesis({ ...publicNetwork, attestation: { policy, developmentRoots: [] } })
    const json = JSON.parse(Buffer.from(encodeGenesis(good)).toString())
    expect(() => parseGenesis(utf8(JSON.stringify({ ...json, attestation })))).toThrow(says)
    expect(parseGenesis(utf8(JSON.stringify({ ...json, chainId: 2 ** 32, attestation })))).toMatchObject({ attestation })
  })

  it('refuses what is no policy or no certificate', async () => {
    for (const bad of ['{}', `${policy} `, policy.replace('true', '1')])
      await expect(makeGenesis({ ...PARAMETERS, attestation: { ...attestation, policy: bad } }), bad).rejects.toThrow(
        /constructor of Attestations/,
      )
    const roots: Hex[][] = [Array<Hex>(17).fill('0x30'), ['0x3' as Hex], ['30' as Hex], [`0x${'ab'.repeat(4_097)}`]]
    for (const developmentRoots of roots) {
      const made = makeGenesis({ ...PARAMETERS, attestation: { ...attestation, developmentRoots } })
      await expect(made).rejects.toMatchObject({ code: 'CHAIN_GENESIS_INVALID' })
    }
    const long = `${policy}${' '.repeat(24_575)}`
    await expect(makeGenesis({ ...PARAMETERS, attestation: { ...attestation, policy: long } })).rejects.toThrow(/policy/)
  })
})
