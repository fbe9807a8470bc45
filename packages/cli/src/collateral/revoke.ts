import { certificateMark, listedCertificates } from '@opengradient/attestation'
import type { ChainClient, ChainFacts, Writer } from '@opengradient/client'
import { ADDRESSES, attestationsAbi } from '@opengradient/contracts'
import { type Address, bytesToHex, decodeCollateral, type Hex, MAX_SERIALS, parseHex } from '@opengradient/protocol'
import { encodeEventTopics, encodeFunctionData } from 'viem'

/** A list that is posted, or such that is brought along: somebody may have posted another one in its place. */
export interface NamingList {
  /** Its place on chain. */
  readonly key: Hex
  /** `encodeCollateral`, where it is not the one that is posted. */
  readonly brought?: Uint8Array
}

/** Certificates that a list names and live keysets rest on. */
export interface Revocable extends NamingList {
  readonly serials: readonly bigint[]
  /** Whose keysets end. */
  readonly nodes: readonly Address[]
}

/** Everything that can be revoked now with these lists. @throws OgError `RPC_LIED` and what reading throws */
export async function revocable(facts: ChainFacts, lists: readonly NamingList[]): Promise<Revocable[]> {
  const resting = await restingOn(facts)
  const found: Revocable[] = []
  for (const list of lists) {
    const bytes = list.brought ?? (await facts.collateral(list.key))?.bytes
    if (!bytes) continue
    const hits = listedCertificates(decodeCollateral(bytes)).flatMap((certificate) => {
      const nodes = resting.get(certificateMark(certificate))
      return nodes ? [{ serial: BigInt(certificate.serial === '0x' ? 0 : certificate.serial), nodes }] : []
    })
    if (hits.length === 0) continue
    found.push({ ...list, serials: hits.map(({ serial }) => serial), nodes: [...new Set(hits.flatMap(({ nodes }) => nodes))] })
  }
  return found
}

/** Revokes them on chain, which anybody may. @throws OgError as `Writer` */
export async function revokeAll(writer: Writer, all: readonly Revocable[]): Promise<void> {
  for (const { key, brought, serials } of all)
    for (let at = 0; at < serials.length; at += MAX_SERIALS) {
      const some = serials.slice(at, at + MAX_SERIALS)
      const data = brought
        ? encodeFunctionData({ abi: attestationsAbi, functionName: 'revokeBy', args: [bytesToHex(brought), some] })
        : encodeFunctionData({ abi: attestationsAbi, functionName: 'revokeListed', args: [key, some] })
      await writer.send({ what: 'revoke listed certificates', to: ADDRESSES.attestations, data })
    }
}

const PAGE = 100

/** The nodes of live keysets by each mark that these rest on. */
async function restingOn(facts: ChainFacts): Promise<Map<Hex, Address[]>> {
  const resting = new Map<Hex, Address[]>()
  for (let offset = 0; ; offset += PAGE) {
    const { total, nodes } = await facts.nodes({ offset, limit: PAGE })
    for (const node of nodes)
      for (const { revoked, restsOn } of await facts.keysets(node))
        if (!revoked) for (const mark of restsOn) resting.set(mark, [...(resting.get(mark) ?? []), node])
    if (offset + PAGE >= total) return resting
  }
}

/** What one query for logs may span. */
const SPAN = 10_000

/** Topic of `CollateralPosted(bytes32,uint8,uint160,uint64,uint64)`. */
const POSTED = encodeEventTopics({ abi: attestationsAbi, eventName: 'CollateralPosted' })[0]

/** The keys of all that was ever posted, by the word of the RPC: one that is left out cannot be revoked by this call, and nothing else happens. */
export async function postedKeys({ rpc, head }: Pick<ChainClient, 'rpc' | 'head'>): Promise<Hex[]> {
  const { header } = await head()
  const keys = new Set<Hex>()
  for (let from = 0; from <= header.number; from += SPAN) {
    const [fromBlock, toBlock] = [from, Math.min(from + SPAN - 1, header.number)].map((height) => `0x${height.toString(16)}`)
    const logs = await rpc.call('eth_getLogs', [{ address: ADDRESSES.attestations, topics: [POSTED], fromBlock, toBlock }])
    for (const log of Array.isArray(logs) ? logs : []) keys.add(parseHex((log as { topics?: unknown[] }).topics?.[1], 32, 'topic'))
  }
  return [...keys]
}
