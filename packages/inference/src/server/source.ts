import type { Address, Hex, Manifest } from '@opengradient/protocol'
import type { ProvableModel } from '../proving/provers.ts'

/** A model as the network knows it: its manifest, who published it, and its files. */
export interface ModelFolder {
  readonly manifest: Manifest
  /** The manifest's bytes as published; their hash and the author give the modelId. */
  readonly manifestBytes: Uint8Array
  readonly author: Address
  /** One file that the manifest names, whole. The reader checks its hash again. */
  files(path: string): Promise<Uint8Array>
  /** There if answers of the model can be proved here: author, chain and files agree on one integer model. */
  readonly zk?: ProvableModel
}

/** A model that this node offers. */
export interface OfferedModel {
  readonly modelId: Hex
  /** `owner/name` if it has one on chain. */
  readonly name?: string
  /** Whether it is offered at level zk. */
  readonly zk?: boolean
}

/** Where the node's models come from. The node implements it over chain and store; tests over a folder. */
export interface ModelSource {
  /** @throws OgError `MODEL_UNKNOWN` for a model that this node does not offer. */
  open(modelId: Hex): Promise<ModelFolder>
  /** The newest version that a name points at. @throws OgError `MODEL_UNKNOWN`, `MODEL_WITHDRAWN` */
  resolve(name: string): Promise<Hex>
  list(): Promise<readonly OfferedModel[]>
}
