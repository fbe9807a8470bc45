import { addressOf, bytesToHex, canonicalJson, keccak256, signDigest, utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import type { EngineKeys } from '../full/engineKeys.ts'
import { type GenesisPlan, genesisOf, type NamedEntry } from './collect.ts'
import { type EntryChoice, encodeEntry, parseEntry } from './entry.ts'

const OPG = 10n ** 18n
const filled = (byte: number) => new Uint8Array(32).fill(byte)
const keysOf = (n: number): EngineKeys => ({ validatorSeed: filled(0x40 + n), nodeSeed: filled(0x80 + n) })
const CHOICE: EntryChoice = { chainId: 777, bond: 10_000n * OPG, commissionBps: 500, moniker: 'one', external: 'one.example:26656' }
const bytes = (change: Partial<EntryChoice> = {}, account = 1, keys = keysOf(1)) =>
  encodeEntry({ ...CHOICE, ...change }, filled(account), keys)
const plainOf = (file: Uint8Array) => JSON.parse(new TextDecoder().decode(file)) as Record<string, string | number>
const repacked = (value: unknown) => utf8(canonicalJson(value))

/** Entry `n`: accounts, keys and addresses of its own, unless said. */
const named = (n: number, change: Partial<EntryChoice> = {}, account = n, keys = keysOf(n)): NamedEntry => ({
  ...parseEntry(bytes({ moniker: `v${n}`, external: `v${n}.example:26656`, ...change }, account, keys)),
  file: `v${n}.json`,
})
const PLAN: GenesisPlan = { chainId: 777, time: 1_900_000_000n, minBaseFee: 5_000n, mostBond: 10_000n * OPG, pocket: 100n * OPG, gifts: [] }

describe('an entry', () => {
  it('says what its operator chose and what its keys are', () => {
    const entry = parseEntry(bytes())
    expect(entry).toMatchObject({ chainId: 777, bond: 10_000n * OPG, commissionBps: 500, moniker: 'one', account: addressOf(filled(1)) })
    expect(entry.peer).toMatch(/^[0-9a-f]{40}@one\.example:26656$/)
  })

  it('is refused after any change of a word', () => {
    const good = plainOf(bytes())
    const other = plainOf(bytes({}, 2, keysOf(2)))
    const changes: Record<string, string | number> = {
      chainId: 778,
      account: other.account!,
      consensusKey: other.consensusKey!,
      bond: String(20_000n * OPG),
      commissionBps: 501,
      peer: String(good.peer).replace('one', 'two'),
      moniker: 'two',
      accountSignature: other.accountSignature!,
      keySignature: other.keySignature!,
    }
    expect([...Object.keys(changes), 'version'].sort()).toEqual(Object.keys(good).sort())
    for (const [name, value] of Object.entries(changes))
      expect(() => parseEntry(repacked({ ...good, [name]: value })), name).toThrow(
        expect.objectContaining({ code: 'CHAIN_GENESIS_INVALID', message: expect.stringContaining('somebody changed the file') }),
      )
  })

  it("cannot be made of somebody else's consensus key, though the account signs it anew", () => {
    const { accountSignature: _, keySignature, ...rest } = plainOf(bytes({}, 2))
    const stolen = { ...rest, account: addressOf(filled(3)) }
    const digest = bytesToHex(keccak256(utf8(`OpenGradient genesis entry\n${canonicalJson(stolen)}`)))
    const file = repacked({ ...stolen, accountSignature: signDigest(digest, filled(3)), keySignature })
    expect(() => parseEntry(file)).toThrow(/the signature of consensus key 0x/)
  })

  it('of another form is refused, whatever it is', () => {
    const good = plainOf(bytes())
    for (const bad of [
      { ...good, more: 1 },
      { ...good, version: 2 },
      { ...good, accountSignature: `0x${'00'.repeat(65)}` },
      { ...good, bond: '-1' },
      [],
      null,
    ])
      expect(() => parseEntry(repacked(bad))).toThrow(expect.objectContaining({ code: 'CHAIN_GENESIS_INVALID' }))
    expect(() => parseEntry(utf8('{'))).toThrow(expect.objectContaining({ code: expect.stringMatching(/^JSON_/) }))
    expect(() => parseEntry(new Uint8Array(17_000).fill(0x20))).toThrow(expect.objectContaining({ code: expect.stringMatching(/^JSON_/) }))
    expect(() => bytes({ external: 'no port' })).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })
})

describe('entries that do not fit together are refused, naming the files:', () => {
  const refused = (entries: readonly NamedEntry[], message: RegExp, plan: Partial<GenesisPlan> = {}) =>
    expect(genesisOf(entries, { ...PLAN, ...plan })).rejects.toMatchObject({
      code: 'CHAIN_GENESIS_INVALID',
      message: expect.stringMatching(message),
    })

  it('one thing in two of them', async () => {
    const one = named(1)
    const twice = (two: NamedEntry, what: string) => refused([one, two], new RegExp(`^v1.json and v2.json have one ${what}`))
    await twice(named(2, {}, 1), 'account')
    await twice(named(2, {}, 2, { ...keysOf(2), validatorSeed: keysOf(1).validatorSeed }), 'consensus key')
    await twice(named(2, {}, 2, { ...keysOf(2), nodeSeed: keysOf(1).nodeSeed }), 'node id')
    await twice(named(2, { external: 'V1.example:26656' }), 'address')
  })

  it('another chain, a bond that is too small or too large, nobody at all', async () => {
    await refused([named(1), named(2, { chainId: 778 })], /^v2.json is for chain 778, not 777/)
    await refused([named(1), named(2, { bond: 9_999n * OPG })], /^v2.json bonds 9999 OPG; a validator bonds 10000 OPG at least/)
    await refused(
      [named(1), named(2, { bond: 10_000n * OPG + 1n })],
      /^v2.json bonds 10000.000000000000000001 OPG; 10000 OPG at most were agreed on/,
    )
    await refused([], /no entry/)
  })
})

it('one genesis comes of the same entries in any order, and pays bonds, pockets and gifts', async () => {
  const gift = { address: addressOf(filled(9)), amount: 5n * OPG }
  const plan = { ...PLAN, mostBond: 30_000n * OPG, gifts: [gift, { address: addressOf(filled(2)), amount: 7n * OPG }] }
  const entries = [named(1), named(2, { bond: 30_000n * OPG }), named(3)]
  const genesis = await genesisOf(entries, plan)
  expect((await genesisOf([entries[2]!, entries[0]!, entries[1]!], plan)).hash).toBe(genesis.hash)
  expect((await genesisOf(entries, { ...plan, time: plan.time + 1n })).hash).not.toBe(genesis.hash)
  expect((await genesisOf(entries, { ...plan, minBaseFee: 5_001n })).hash).not.toBe(genesis.hash)
  expect(genesis.minBaseFee).toBe(5_000n)
  expect(new Set(genesis.validators!.map(({ account }) => account))).toEqual(new Set(entries.map(({ account }) => account)))
  const paid = new Map(genesis.faucets.map(({ address, amount }) => [address, amount]))
  expect([1, 2, 3, 9].map((n) => paid.get(addressOf(filled(n))))).toEqual([10_100n * OPG, 30_107n * OPG, 10_100n * OPG, 5n * OPG])
})
