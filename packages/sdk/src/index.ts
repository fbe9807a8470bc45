import type { ConnectOptions } from './openGradient.ts'
import { type OpenGradient as Connection, connectTo } from './openGradient.ts'

export { chainDefinition, type Page, type Sent } from '@opengradient/client'
export {
  type Bundle,
  encodeBundle,
  formatOpg,
  isOgError,
  type NetworkFile,
  OgError,
  opg,
  parseNetworkFile,
  type Receipt,
  type SignedReceipt,
  type Verdict,
} from '@opengradient/protocol'
export { verify } from '@opengradient/verifier'
export { type AnswerBook, type AnswerEntry, type AnswerSummary, memoryBook } from './answers/book.ts'
export type { Equivocation, Reported } from './answers/equivocation.ts'
export type { BundleOptions, StoredBundle } from './answers/stored.ts'
export { SDK_LEVELS, type SdkLevel, type SdkPolicy } from './context.ts'
export type { EnclaveSummary, InferResult } from './infer/conclude.ts'
export type { InferOptions } from './infer/infer.ts'
export type { ProofProgress } from './infer/proof.ts'
export type { LoadedModel } from './models/load.ts'
export type { FoundModel, Models, ShownModel } from './models/models.ts'
export { type ModelFile, manifestFor, type Published, type PublishOptions } from './models/publish.ts'
export type { ConnectOptions } from './openGradient.ts'
export { privateKeyToAccount } from './pay/account.ts'
export type { Challenged, Redress } from './pay/held.ts'
export type { HeldState } from './pay/heldState.ts'
export { memoryLedger, type SpendLedger } from './pay/ledger.ts'
export { float16, fromFloat16 } from './tensor/float16.ts'
export type { Parameters } from './tensor/request.ts'
export type { DataOf, Tensor, TensorData } from './tensor/tensor.ts'
export type { InputValue, Nested } from './tensor/values.ts'
export type { Wallet } from './wallet.ts'

/** A connection: `await OpenGradient.connect(options)`. */
export type OpenGradient = Connection

/** The SDK for browsers: everything comes from its arguments. In Node the same import also knows the local network and guards its connections. */
export const OpenGradient = { connect: async (options: ConnectOptions): Promise<Connection> => connectTo(options) }
