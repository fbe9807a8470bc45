import type { AttestationPolicy } from '@opengradient/attestation'
import type { ChainClient, Http, Writer } from '@opengradient/client'
import type { SealableRequest, SealedRequest } from '@opengradient/protocol/seal'
import type { LocalAccount } from 'viem'
import type { AnswerBook } from './answers/book.ts'
import type { FileSource } from './models/load.ts'
import type { SpendLedger } from './pay/ledger.ts'
import type { AcceptedEnclave } from './tee/enclave.ts'

/**
 * `zk`: every answer comes with a proof that the integer model gave it (succinct, not zero-knowledge). `tee`: the request is sealed to an enclave
 * whose evidence was verified, and the enclave signs the answer. `development`: the same without any hardware, for trying it out.
 */
export type SdkLevel = 'signature' | 'zk' | 'tee' | 'development'

/** Levels that a policy can ask for. */
export const SDK_LEVELS: readonly SdkLevel[] = ['signature', 'zk', 'tee', 'development']

/** What an application allows. Amounts are OPG wei: `opg('0.01')`. */
export interface SdkPolicy {
  /** What each answer must reach before it is given out. */
  level: SdkLevel
  /** Most that one call may cost. */
  maxPrice: bigint
  /** Most that may be promised for all calls of one day (UTC): what a node refused or never collected counts, too (`SpendLedger`). */
  maxPerDay?: bigint
  /** At level tee and development: what evidence must show, instead of what the network demands. */
  attestation?: AttestationPolicy
  /** At level tee and development: ask the enclave for evidence with a nonce of this client before each request. */
  fresh?: boolean
}

/** Everything the parts of the SDK work with: the rim is injected, nothing is global. */
export interface Context {
  chain: ChainClient
  account: LocalAccount | undefined
  writer: () => Writer
  policy: SdkPolicy
  ledger: SpendLedger
  book: AnswerBook
  files: FileSource
  /** The store that may be uploaded to. @throws OgError `CONFIG_MISSING` */
  upload: () => { url: string; token: string }
  /** For addresses that strangers wrote on the chain. */
  nodeHttp: Http
  /** For addresses from the application's own configuration. */
  ownHttp: Http
  /** Unix seconds. */
  now: () => number
  random: (bytes: number) => Uint8Array
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Enclaves whose evidence was verified, by node, keyset and level. */
  enclaves: Map<string, AcceptedEnclave>
  /** Seals a request; those to one keyset share a key exchange for a while (`RequestSealer`). @throws OgError `CHANNEL_KEY_INVALID` */
  seal: (request: SealableRequest) => Promise<SealedRequest>
}
