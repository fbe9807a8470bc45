import { ADDRESSES, attestationsAbi, nodesAbi } from '@opengradient/contracts'
import { type Address, type Hex, hexToBytes, isOgError, OgError, teeCodeName, ZERO_HASH } from '@opengradient/protocol'
import { type Abi, bytesToHex, decodeErrorResult, decodeFunctionResult, encodeFunctionData } from 'viem'
import type { Rpc } from '../chain/rpc.ts'
import type { Sender } from '../chain/sender.ts'
import type { Head } from '../chain/view.ts'
import type { IssuedKeyset, Registration, TeeLevel } from './keyset.ts'
import type { KeysetRegistry } from './lifecycle.ts'
import { Readings } from './readings.ts'

export interface ChainRegistryOptions {
  readonly rpc: Rpc
  readonly sender: Pick<Sender, 'gasFor' | 'send'>
  readonly node: Address
  /** The newest block that the node has seen: what was read at it holds until there is a newer one, and what ends by its time is over. */
  readonly head: () => Pick<Head, 'number' | 'timestamp'> | undefined
  /** Milliseconds for which a block is waited for before other work goes on; 60,000 if absent. */
  readonly patienceMs?: number
}

/** Levels of receipts as the contract numbers them. */
const LEVELS: Readonly<Record<number, TeeLevel>> = { 1: 'tee', 129: 'development' }
/** Collateral that the evidence may leave to the chain: revocation lists and descriptions of one platform are fewer. */
const MAX_POSTED = 8
/** A block comes every few seconds; meanwhile revocations are not looked for. */
const PATIENCE_MS = 60_000
const ERRORS: Abi = [...attestationsAbi, ...nodesAbi].filter(({ type }) => type === 'error')

/** `Attestations` as one node sees and uses it, at the head. */
export function chainRegistry({ rpc, sender, node, head, patienceMs = PATIENCE_MS }: ChainRegistryOptions): KeysetRegistry {
  const readings = new Readings(rpc, () => head()?.number)
  const find = async (digest: Hex): Promise<Registration | undefined> => {
    const [shown, until] = await readings.all([
      encodeFunctionData({ abi: attestationsAbi, functionName: 'keyset', args: [node, digest] }),
      encodeFunctionData({ abi: attestationsAbi, functionName: 'liveUntil', args: [node, digest] }),
    ])
    const { from, level, notBefore } = decodeFunctionResult({ abi: attestationsAbi, functionName: 'keyset', data: shown! })
    const end = decodeFunctionResult({ abi: attestationsAbi, functionName: 'liveUntil', data: until! })
    const known = LEVELS[level]
    // The contract goes on telling when it ended.
    const isOver = end <= BigInt(head()?.timestamp ?? 0)
    if (from === 0n || end === 0n || isOver || known === undefined) return undefined
    return { digest, level: known, from: Number(notBefore), until: Number(end) }
  }
  const send = async ({ input, nonceBlock }: Pick<IssuedKeyset, 'input' | 'nonceBlock'>): Promise<void> => {
    const callOf = (posted: readonly Hex[]) => {
      const args = [bytesToHex(input), nonceBlock, posted] as const
      return {
        to: ADDRESSES.attestations,
        data: hexToBytes(encodeFunctionData({ abi: attestationsAbi, functionName: 'register', args })),
      }
    }
    const { posted, gas } = await estimate(sender, callOf)
    const included = await sender.send({ ...callOf(posted), gas }, async () => {})
    // It may be in a newer block than the head that was seen last.
    readings.forget()
    if (!included.ok)
      throw new OgError(
        'NODE_ATTESTATION_REFUSED',
        `The chain refused the keyset in transaction ${included.tx}: something changed meanwhile.`,
      )
  }
  /** The registration that is under way: it is waited for, and not sent twice. */
  let sent: { readonly input: Uint8Array; readonly done: Promise<void> } | undefined
  return {
    find,
    async current() {
      const [data] = await readings.all([encodeFunctionData({ abi: attestationsAbi, functionName: 'current', args: [node] })])
      const [digest] = decodeFunctionResult({ abi: attestationsAbi, functionName: 'current', data: data! })
      return digest === ZERO_HASH ? undefined : find(digest)
    },
    async register(issued) {
      if (sent?.input !== issued.input) sent = { input: issued.input, done: send(issued) }
      const { done } = sent
      const over = () => {
        if (sent?.done === done) sent = undefined
      }
      done.then(over, over)
      await inTime(done, patienceMs)
    },
  }
}

/** What `work` gives, unless it takes longer; it goes on then. @throws OgError `CHAIN_WAIT_TIMEOUT` */
async function inTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new OgError('CHAIN_WAIT_TIMEOUT', 'The registration of the keyset was sent and is in no block yet; it is looked for.')
    timer = setTimeout(() => reject(error), ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** The gas for a registration, and which collateral it leaves to the chain because that there is newer. @throws OgError `NODE_ATTESTATION_REFUSED` */
async function estimate(
  sender: Pick<Sender, 'gasFor'>,
  callOf: (posted: readonly Hex[]) => { to: Address; data: Uint8Array },
): Promise<{ posted: Hex[]; gas: bigint }> {
  const posted: Hex[] = []
  for (;;) {
    try {
      return { posted, gas: await sender.gasFor(callOf(posted)) }
    } catch (error) {
      const { name, args } = revertOf(error)
      const newer = name === 'NewerPosted' && typeof args[0] === 'string' ? (args[0] as Hex) : undefined
      if (newer === undefined || posted.includes(newer) || posted.length === MAX_POSTED) throw refused(name, args, error)
      posted.push(newer)
    }
  }
}

/** The contract's error in what an estimate failed with; anything else is thrown on. */
function revertOf(error: unknown): { name: string; args: readonly unknown[] } {
  const data = isOgError(error, 'RPC_ERROR') ? error.details.data : undefined
  if (typeof data !== 'string' || !data.startsWith('0x')) throw error
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: ERRORS, data: data as Hex })
    return { name: errorName, args }
  } catch {
    return { name: data.slice(0, 10), args: [] }
  }
}

function refused(name: string, args: readonly unknown[], cause: unknown): OgError {
  const code = name === 'EvidenceRefused' ? (teeCodeName(Number(args[0])) ?? `code ${args[0]}`) : undefined
  const reason = code ?? name
  const remedy = REMEDIES[reason] ?? 'docs/attestation.md says what each reason means.'
  return new OgError('NODE_ATTESTATION_REFUSED', `The chain refuses the evidence of this node: ${reason}. ${remedy}`, {
    cause,
    details: { reason },
  })
}

const BRING =
  'Nobody has brought what the vendor publishes about this machine to the chain, or it is out of date: `og attestation collateral fetch --tee auto`, then `og attestation collateral post`.'

const REMEDIES: Readonly<Record<string, string>> = {
  DEV_EVIDENCE: 'Development attestation works on a local network only; start the node in an enclave with `--tee auto`.',
  UNTRUSTED_ROOT:
    'The network does not trust the root of this evidence: development attestation works on the local network whose genesis names its root.',
  MEASUREMENT_UNKNOWN: 'The policy of the network does not list this build: run a listed one (`og attestation policy show`).',
  NotActive: 'The account is no active node: it needs its bond, and must not be leaving.',
  PLATFORM_DENIED: 'The policy of the network does not allow this platform (`og attestation policy show`).',
  TCB_REJECTED: 'Update firmware and microcode of this machine.',
  CRL_MISSING: BRING,
  CRL_STALE: BRING,
  COLLATERAL_MISSING: BRING,
  COLLATERAL_STALE: BRING,
}
