import { type ChainClient, connect } from '@opengradient/client'
import {
  type Address,
  accountAt,
  type CometCommit,
  cometValidatorsHash,
  finalitySchema,
  type Hex,
  type LightBlock,
  type NetworkFile,
  parseHeader,
  trustHeader,
  trustOf,
} from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Lie, lyingRpc } from '../../client/test/network.testkit.ts'
import { commitTo, signer as stranger } from '../../protocol/src/testkit/comet.testkit.ts'
import { OPG, signer } from '../test/chain.testkit.ts'
import { type ChangedNetwork, changedNetwork } from './lightClient.testkit.ts'

/** Has a million OPG since genesis, and has never done anything. */
const ACCOUNT: Address = signer(4).address
const DAY = 86_400
const now = () => Math.floor(Date.now() / 1000)

let net: ChangedNetwork
/** A proof as a file holds it. */
let file: string
const cleanups: (() => Promise<void>)[] = []

beforeAll(async () => {
  net = await changedNetwork()
  file = JSON.stringify(await proofOf(connect({ network: net.genesis })))
})
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})
afterAll(() => net?.close())

/** What proves an account in the newest block. */
interface Proof {
  header: Hex
  commit: CometCommit
  account: Hex[]
}

async function proofOf(chain: ChainClient): Promise<Proof> {
  const { rlp, commit, state } = await chain.head()
  const [found] = await state.evidence([{ address: ACCOUNT, slots: [] }])
  return { header: rlp, commit: commit as CometCommit, account: found!.proof }
}

/** OPG wei of the account, from the file and the caller's trust alone. */
function balanceIn(text: string, network: NetworkFile, at = now()): bigint | undefined {
  const { header: rlp, commit, account } = JSON.parse(text) as Proof
  const header = parseHeader(rlp)
  trustHeader(trustOf(network), header, finalitySchema.parse(commit), at)
  return accountAt(header.stateRoot, ACCOUNT, account)?.balance
}

const OTHER: Hex = `0x${'5a'.repeat(32)}`
const STRANGER = stranger('stranger', 10_000)

const withBlock = (proof: Proof, change: Partial<LightBlock>): Proof => ({
  ...proof,
  commit: { ...proof.commit, block: { ...proof.commit.block, ...change } },
})
const withTrail = (proof: Proof, change: (trail: LightBlock[]) => LightBlock[]) => ({
  ...proof,
  commit: { ...proof.commit, trail: change(proof.commit.trail) },
})
/** Those of the heights at which the first validator and the last one both signed. */
const ofBoth = (trail: readonly LightBlock[]): LightBlock[] => trail.filter(({ validators }) => validators.length === 2)
const otherState = (proof: Proof): Proof => {
  const { stateRoot } = parseHeader(proof.header)
  return { ...proof, header: proof.header.replace(stateRoot.slice(2), OTHER.slice(2)) as Hex }
}
/** The light block names the header of the proof, whatever that is. */
const withHash = (proof: Proof): Proof =>
  withBlock(proof, { header: { ...proof.commit.block.header, appHash: parseHeader(proof.header).hash } })
/** What somebody who is no validator can sign: everything agrees with itself. */
const signedByStrangers = (proof: Proof): Proof => withBlock(proof, stranged(withHash(proof).commit.block))
const stranged = ({ header }: LightBlock): LightBlock =>
  commitTo({ header: { ...header, validatorsHash: cometValidatorsHash([STRANGER.validator]) }, signers: [STRANGER] })
const forgedSignature = (proof: Proof): Proof => {
  const { commit } = proof.commit.block
  const signatures = commit.signatures.map((entry) =>
    entry.flag === 'absent' ? entry : { ...entry, signature: STRANGER.sign(new Uint8Array()) },
  )
  return withBlock(proof, { commit: { ...commit, signatures } })
}

const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })

describe('a proof from a network whose validators have changed', () => {
  it('is verified offline, from the validators of genesis, by the light blocks in it', () => {
    const { commit } = JSON.parse(file) as Proof
    const [first] = commit.trail as [LightBlock]
    expect(first.validators).toHaveLength(1)
    expect(ofBoth(commit.trail).length).toBeGreaterThan(0)
    expect(commit.block.validators).toHaveLength(1)
    expect(commit.block.validators).not.toEqual(first.validators)
    expect(balanceIn(file, net.genesis)).toBe(1_000_000n * OPG)
  })

  it('needs no other light blocks under a network file of today', async () => {
    const { header, commit, account } = await proofOf(connect({ network: net.now }))
    expect(commit.trail).toEqual([])
    expect(balanceIn(JSON.stringify({ header, commit, account }), net.now)).toBe(1_000_000n * OPG)
  })

  it.each<[string, (proof: Proof) => unknown, string]>([
    ['another state', otherState, 'HEADER_APP_HASH_MISMATCH'],
    ['another state, and a light block that names it', (proof) => withHash(otherState(proof)), 'COMMIT_FOREIGN'],
    [
      'another state, and a light block that strangers signed',
      (proof) => signedByStrangers(otherState(proof)),
      'COMMIT_TRUSTED_POWER_TOO_LOW',
    ],
    [
      'the light block of another height',
      ({ commit, ...p }) => ({ ...p, commit: { ...commit, block: commit.trail.at(-1) } }),
      'HEADER_APP_HASH_MISMATCH',
    ],
    [
      'the validators of another height',
      (proof) => withBlock(proof, { validators: proof.commit.trail[0]!.validators }),
      'VALIDATORS_MISMATCH',
    ],
    ['a forged signature', forgedSignature, 'COMMIT_SIGNATURE_INVALID'],
    ['no trail', (proof) => withTrail(proof, () => []), 'VALIDATORS_UNTRUSTED'],
    ['a trail that begins later', (proof) => withTrail(proof, ofBoth), 'VALIDATORS_UNTRUSTED'],
    ['a trail that ends earlier', (proof) => withTrail(proof, (trail) => trail.slice(0, 1)), 'COMMIT_TRUSTED_POWER_TOO_LOW'],
    ['a trail that repeats itself', (proof) => withTrail(proof, (trail) => [...trail, ...ofBoth(trail)]), 'TRAIL_OUT_OF_ORDER'],
  ])('with %s is refused', (_, lie, code) => {
    expect(() => balanceIn(JSON.stringify(lie(JSON.parse(file) as Proof)), net.genesis)).toThrow(refusal(code))
  })

  it('is refused when the trust has expired, and by the trust of another network', () => {
    expect(() => balanceIn(file, net.genesis, now() + 15 * DAY)).toThrow(refusal('TRUST_EXPIRED'))
    expect(() => balanceIn(file, { ...net.genesis, chainId: 7 })).toThrow(refusal('WRONG_CHAIN'))
  })
})

describe('a client that is lied to', () => {
  const instead =
    (method: string, change: (result: never, params: never[]) => unknown): Lie =>
    (call, { result }) =>
      call.method === method ? change(result as never, call.params as never[]) : undefined
  const first = () => (JSON.parse(file) as Proof).commit.trail[0]!

  it.each<[string, Lie, string]>([
    ['another state', instead('eth_getBlockByHash', (block: object) => ({ ...block, stateRoot: OTHER })), 'RPC_LIED'],
    ['another account', instead('eth_getProof', (proof: object) => ({ ...proof, accountProof: [] })), 'RPC_LIED'],
    [
      'the commit of another block',
      instead('og_getCommit', (told: Told) => ({ ...told, commit: { ...told.commit, block: first() } })),
      'HEADER_APP_HASH_MISMATCH',
    ],
    ['a trail of strangers', instead('og_getLightBlock', (block: LightBlock) => stranged(block)), 'VALIDATORS_UNTRUSTED'],
    [
      'a trail with the wrong set',
      instead('og_getLightBlock', (block: LightBlock) => ({ ...block, validators: [STRANGER.validator] })),
      'VALIDATORS_MISMATCH',
    ],
    ['a trail of one height', instead('og_getLightBlock', () => first()), 'LIGHT_BLOCK_MALFORMED'],
  ])('with %s refuses', async (_, lie, code) => {
    const proxy = await lyingRpc(net.node.url, lie)
    cleanups.push(proxy.close)
    await expect(proofOf(connect({ network: net.genesis, rpcUrl: proxy.url }))).rejects.toThrow(refusal(code))
  })
})

interface Told {
  commit: CometCommit
}
