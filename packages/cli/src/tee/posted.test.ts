import { crlKey, issuerNaming } from '@opengradient/attestation'
import { developmentAttester, developmentRootOf } from '@opengradient/attestation-dev'
import { ecKey, intelCertificates, type ListDates } from '@opengradient/attestation-dev/make'
import { bytesToHex, encodeCollateral, encodeEvidenceInput, encodeKeyset, type Hex, MAX_EVIDENCE_INPUT } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { trustsWith } from '../attestation/judge.ts'
import { withPosted } from './posted.ts'

const SEED = 'og tests of posted lists'
const NOW = 1_800_000_000
const keys = Object.fromEntries(['root', 'ca'].map((name) => [name, ecKey('P-256', `${SEED}: intel ${name}`)])) as Record<
  'root' | 'ca',
  ReturnType<typeof ecKey>
>
const lineage = { root: 'DEVELOPMENT Intel', organization: 'DEVELOPMENT', notBefore: 1_577_836_800, notAfter: 2_524_521_600 }
const intel = intelCertificates({ ...keys, pck: keys.ca, attestation: keys.ca, tcb: keys.ca }, lineage)

/** A list that names as many certificates: of 7,000 it has some 145 KiB. */
const list = (number: number, thisUpdate: number, names = 1, nextUpdate = NOW + 86_400): Uint8Array =>
  intel.pckCrl(
    { number, thisUpdate, nextUpdate } as ListDates,
    Array.from({ length: names }, (_, i) => 1_000 + i),
  )

/** What a machine that brings the list `own` shows, where the chain holds the list `posted`. */
async function shown(own: Uint8Array, posted: { body: Uint8Array; number: number; thisUpdate: number }) {
  const made = developmentAttester({ platform: 'tdx', seed: SEED, now: () => NOW })
  const attest = async (data: Uint8Array) => ({ evidence: (await made.attest(data)).evidence, endorsements: { crls: [own] } })
  const { body, number, thisUpdate } = posted
  const collateral = {
    thisUpdate: BigInt(thisUpdate),
    number: BigInt(number),
    bytes: encodeCollateral({ kind: 'crl', body, signature: new Uint8Array(), certificates: [intel.ca, intel.root] }),
  }
  const facts = { collateral: async (key: Hex) => (key === PLACE ? (collateral as never) : undefined) }
  const view = async () => ({ facts, time: NOW, trusts: trustsWith([developmentRootOf(SEED, 'tdx')]) })
  return withPosted({ ...made, attest }, view).attest(new Uint8Array(64))
}

/** Where the chain keeps the lists of the authority of development platforms. */
const PLACE = crlKey('development', issuerNaming({ kind: 'crl', body: list(1, NOW), signature: new Uint8Array(), certificates: [] }, [])!)

it('a list of the machine stays away where the chain has a newer one: the two together can be more than evidence may hold', async () => {
  const newer = { body: list(2, NOW - 60, 7_000), number: 2, thisUpdate: NOW - 60 }
  const { evidence, endorsements } = await shown(list(1, NOW - 3_600, 7_000), newer)
  expect(endorsements.crls?.map(bytesToHex)).toEqual([bytesToHex(newer.body)])
  const hash: Hex = `0x${'09'.repeat(32)}`
  const keyset = encodeKeyset({
    ...{ v: 1, chainId: 5n, node: `0x${'11'.repeat(20)}`, notBefore: BigInt(NOW), notAfter: BigInt(NOW + 60) },
    ...{ sign: `0x${'12'.repeat(20)}`, hpke: hash, modelIds: [hash], runtimeDigest: hash },
  } as Parameters<typeof encodeKeyset>[0])
  const input = encodeEvidenceInput({ platform: 'tdx', evidence, endorsements, gpus: [], keyset, nonce: new Uint8Array(32) })
  expect([input.length < MAX_EVIDENCE_INPUT, 2 * newer.body.length > MAX_EVIDENCE_INPUT]).toEqual([true, true])
})

it('a list that is ahead by its number and behind by its date does not stand for the one of the machine: both are shown', async () => {
  const own = list(1, NOW - 60)
  const other = { body: list(2, NOW - 3_600), number: 2, thisUpdate: NOW - 3_600 }
  expect((await shown(own, other)).endorsements.crls?.map(bytesToHex)).toEqual([own, other.body].map(bytesToHex))
})

it('the list of the machine is shown alone where the chain has nothing newer', async () => {
  const own = list(2, NOW - 60)
  const older = { body: list(1, NOW - 3_600), number: 1, thisUpdate: NOW - 3_600 }
  expect((await shown(own, older)).endorsements.crls?.map(bytesToHex)).toEqual([bytesToHex(own)])
})

it('a list of the machine that is over, or cannot be read, stays away: hosts go on giving what was good when they were set up', async () => {
  const good = { body: list(2, NOW - 60), number: 2, thisUpdate: NOW - 60 }
  for (const own of [list(1, NOW - 7_200, 1, NOW - 3_600), Uint8Array.of(0x30, 0)])
    expect((await shown(own, good)).endorsements.crls?.map(bytesToHex)).toEqual([bytesToHex(good.body)])
})

it('a list that revokes the machine stays, whatever the chain has', async () => {
  const revoking = intel.pckCrl({ number: 1, thisUpdate: NOW - 7_200, nextUpdate: NOW + 60 } as ListDates, [13])
  const good = { body: list(2, NOW - 60), number: 2, thisUpdate: NOW - 60 }
  expect((await shown(revoking, good)).endorsements.crls?.map(bytesToHex)).toEqual([bytesToHex(revoking)])
})
