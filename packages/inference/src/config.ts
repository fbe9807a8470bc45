import type { Address, Hex, NetworkFile } from '@opengradient/protocol'
import type { Counts } from './journal/reader.ts'

/** What an inference node is told. Amounts in OPG wei. */
export interface InferenceNodeConfig {
  /** The network to serve, and what of it to trust. */
  network: NetworkFile
  /** The operator's own full node; by default the first RPC of the network file. */
  rpcUrl?: string
  /** Folder of the journal and of downloaded models. Two nodes must not share it. */
  dataDir: string
  /** Private key of the operator's account in `Nodes`, 32 bytes: pays for gas and bond. */
  accountKey: Uint8Array
  /** Private key that signs receipts and batches, 32 bytes; another one than the account's. */
  receiptKey: Uint8Array
  /** Stores to fetch models from, in order of preference. */
  stores: readonly string[]
  /** Every published model, or these. */
  serve: 'all' | readonly Hex[]
  /** Price of a request for models that this node has not priced yet; 0 offers them for free. */
  price: bigint
  /** Bond with which to register if the account is no node yet; without it such a node does not start. */
  bond?: bigint
  host?: string
  /** 0: any free port. Default 8410. */
  port?: number
  /** Address under which callers reach the node; registered on chain. Default `http://host:port`. */
  publicUrl?: string
  /** What one payer may have unsettled at most; never more than they have paid before, one payment aside. Default 1 OPG. */
  creditMax?: bigint
  /**
   * A payment above this is never on credit: its answer is given out when it is settled on chain, about a second after the model has run. Of
   * a payer one such request is taken at a time, of all payers 32. 0 settles every payment first; at most `creditMax`, which is the default.
   */
  settleFirstAbove?: bigint
  /** Seconds from a receipt to the batch that anchors it, about. Default 3. */
  batchSeconds?: number
  /** Most seconds that the node's clock and the chain may be apart. Default 120. */
  maxClockSkew?: number
  /** New requests are refused while the disk has less room than this. Default 64 MiB. */
  minFreeBytes?: number
  /** Largest model file. Default 2 GiB. */
  maxModelBytes?: number
  /** Level zk: what this node does about proofs. */
  proving?: ProvingConfig
}

/** Limits of level zk. */
export interface ProvingConfig {
  /** False: no model is offered at level zk. Default true. */
  enabled?: boolean
  /** Seconds from an answer to its proof, at most: requests whose proofs would come later are refused. Default 600. */
  deadlineSeconds?: number
  /** Threads that prove answers of large models, 1 to 16. Default: all cores but one, at most 4. */
  threads?: number
}

/** A running node. */
export interface InferenceNode {
  /** The operator's account. */
  readonly address: Address
  /** The account's till, to which payments go. */
  readonly till: Address
  readonly host: string
  readonly port: number
  readonly url: string
  /** Models that are offered now. */
  offered(): Promise<readonly { modelId: Hex; name?: string }[]>
  /** Looks for new models and prices at once instead of with the next block. */
  refresh(): Promise<void>
  /** What waits, and for what. */
  pending(): Counts
  /**
   * Stops taking requests, answers those that run, settles and anchors what can be settled within `timeoutMs`, closes. What is left is
   * settled after the next start. Safe to call twice.
   */
  close(timeoutMs?: number): Promise<void>
}
