import { type Hex, hexToBytes, isOgError, OgError, type ZkProofInput } from '@opengradient/protocol'
import { readZkir } from '../engine/zk.ts'
import type { Proving } from '../server/inferZk.ts'
import type { ProvableModel, Provers, SelfTest } from './provers.ts'

export interface ZkLevelOptions {
  readonly queue: Proving['queue']
  readonly provers: Pick<Provers, 'ready'>
  /** Whether the chain takes a proof: asks the precompile. @throws OgError why it does not */
  readonly tryOnChain: (input: ZkProofInput) => Promise<void>
}

/** How long the chain's word on what it cannot take is believed; milliseconds. */
const BELIEVED_MS = 60_000

/**
 * Level zk of this node: a model is answered at it when a proof of it was made here, and paid for when the chain took that proof; otherwise a
 * challenge could not be met.
 */
export class ZkLevel implements Proving {
  readonly queue: Proving['queue']
  readonly #options: ZkLevelOptions
  /** By file. */
  readonly #tried = new Map<Hex, { unpayable: OgError | undefined; at: number }>()

  constructor(options: ZkLevelOptions) {
    this.queue = options.queue
    this.#options = options
  }

  async ready(model: ProvableModel): Promise<{ unpayable: OgError | undefined }> {
    const selfTest = await this.#options.provers.ready(model).catch((error: unknown) => {
      if (!isOgError(error)) throw error
      throw new OgError('NODE_LEVEL_NOT_OFFERED', `This node cannot prove answers of this model: ${error.message}`, { cause: error })
    })
    const tried = this.#tried.get(model.fileHash)
    if (tried !== undefined && (tried.unpayable === undefined || tried.at + BELIEVED_MS > performance.now())) return tried
    const fresh = { unpayable: await this.#try(model, selfTest), at: performance.now() }
    this.#tried.set(model.fileHash, fresh)
    return fresh
  }

  async #try(model: ProvableModel, { x, y, ctx, proof }: SelfTest): Promise<OgError | undefined> {
    try {
      await this.#options.tryOnChain({
        zkModelId: hexToBytes(model.zkModelId),
        ...verifierFiles(await model.published()),
        x,
        y,
        ctx,
        proof,
      })
      return undefined
    } catch (error) {
      if (!isOgError(error)) throw error
      return new OgError(
        'NODE_LEVEL_NOT_OFFERED',
        `The chain could not check a proof of this model, so this node takes no payments for it at level zk: ${error.message}`,
        { cause: error },
      )
    }
  }
}

/** The parts of a published `.zkir` file as the chain's precompile takes them. */
export function verifierFiles(published: Uint8Array): Pick<ZkProofInput, 'manifest' | 'ir' | 'weights'> {
  const { manifest, ir, weights = new Uint8Array() } = readZkir(published)
  return { manifest, ir, weights }
}
