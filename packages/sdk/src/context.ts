import type { ChainClient, Http, Writer } from '@opengradient/client'
import type { LocalAccount } from 'viem'
import type { AnswerBook } from './answers/book.ts'
import type { FileSource } from './models/load.ts'
import type { SpendLedger } from './pay/ledger.ts'

/** `zk`: every answer comes with a proof that the integer model gave it (succinct, not zero-knowledge). */
export type SdkLevel = 'signature' | 'zk'

/** What an application allows. Amounts are OPG wei: `opg('0.01')`. */
export interface SdkPolicy {
  /** What each answer must reach before it is given out. */
  level: SdkLevel
  /** Most that one call may cost. */
  maxPrice: bigint
  /** Most that all calls of one day (UTC) may cost. */
  maxPerDay?: bigint
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
}
