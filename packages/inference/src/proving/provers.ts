import { type Hex, OgError } from '@opengradient/protocol'
import { decodeIr } from '@opengradient/zkml'
import type { Cancellation } from '../engine/cancellation.ts'
import type { ModelBytes } from '../engine/engine.ts'
import { readZkir } from '../engine/zk.ts'
import type { LoadedProver, ProvenAnswer, ProverEngine } from '../engine/zkProver.ts'
import type { NodeLog } from '../log.ts'

/** A model whose answers this node can prove. */
export interface ProvableModel {
  readonly modelId: Hex
  readonly zkModelId: Hex
  /** The file that the manifest names, without weights if they are committed. */
  readonly published: () => Promise<Uint8Array>
  /** The same with weights: for committed ones the operator's own copy. */
  readonly open: () => Promise<ModelBytes>
}

/** A proof with its statement. */
export interface SelfTest {
  readonly x: Uint8Array
  readonly y: Uint8Array
  readonly ctx: Uint8Array
  readonly proof: Uint8Array
}

export interface ProversOptions {
  readonly engine: ProverEngine
  /** Private memory of one proving process. */
  readonly memoryLimitBytes: number
  /** Milliseconds one proof may take. */
  readonly timeoutMs: number
  /** Models that stay loaded; each is a process. */
  readonly keep: number
  readonly log: NodeLog
}

interface Known {
  /** Milliseconds that a proof takes, lately. */
  expectedMs: number | undefined
  selfTest: SelfTest | undefined
}

const BYTES = { i16: 2, i32: 4, i64: 8 } as const
/** Weight of the newest proof in the expected time. */
const NEWEST = 0.3

/**
 * The processes that prove: one a model, the last used ones kept, one proof at a time over all of them. Before a model counts as provable it
 * proves an answer to zeros; that also finds committed weights that are not the committed ones.
 */
export class Provers {
  readonly #options: ProversOptions
  /** Latest used last. */
  readonly #loaded = new Map<Hex, LoadedProver>()
  readonly #known = new Map<Hex, Known>()
  readonly #testing = new Map<Hex, Promise<SelfTest>>()
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: ProversOptions) {
    this.#options = options
  }

  /** Whether a proof is being made or waits. */
  get busy(): boolean {
    return this.#waiting > 0
  }

  /** Milliseconds that a proof of this model takes; undefined before the first. */
  expectedMs(zkModelId: Hex): number | undefined {
    return this.#known.get(zkModelId)?.expectedMs
  }

  /**
   * Loads and tests a model once.
   * @returns a proof of an answer to zeros
   * @throws OgError why it cannot be proved
   */
  ready(model: ProvableModel): Promise<SelfTest> {
    const { zkModelId } = model
    const known = this.#known.get(zkModelId)?.selfTest
    if (known !== undefined) return Promise.resolve(known)
    let testing = this.#testing.get(zkModelId)
    if (testing === undefined) {
      testing = this.#test(model).finally(() => this.#testing.delete(zkModelId))
      this.#testing.set(zkModelId, testing)
    }
    return testing
  }

  /** Proves one answer; those asked for before come first. @throws OgError as `LoadedProver.prove` and `ProverEngine.load` do */
  prove(model: ProvableModel, x: Uint8Array, ctx: Uint8Array, cancellation?: Cancellation): Promise<ProvenAnswer> {
    this.#waiting++
    const proven = this.#turn.then(async () => {
      if (cancellation?.cancelled) throw new OgError('ENGINE_CANCELLED', 'The proof is not wanted any more.')
      const prover = await this.#load(model)
      const { timeoutMs } = this.#options
      const answer = await prover.prove(x, ctx, { timeoutMs, ...(cancellation && { cancellation }) })
      this.#learn(model.zkModelId, answer.computeUs / 1000)
      return answer
    })
    const done = () => {
      this.#waiting--
    }
    this.#turn = proven.then(done, done)
    return proven
  }

  /** Ends all processes. */
  close(): Promise<void> {
    return this.#options.engine.close()
  }

  async #test(model: ProvableModel): Promise<SelfTest> {
    const { ir } = readZkir(await model.published())
    const { inputs, tensors } = decodeIr(ir)
    const length = inputs.reduce((sum, id) => sum + tensors[id]!.axes.reduce((a, b) => a * b, BYTES[tensors[id]!.dt]), 0)
    const [x, ctx] = [new Uint8Array(length), new Uint8Array(96)]
    // The first proof makes programs and tables; the second takes as long as all later ones.
    await this.prove(model, x, ctx)
    this.#known.delete(model.zkModelId)
    const { y, proof } = await this.prove(model, x, ctx)
    const selfTest = { x, y: y.slice(), ctx, proof: proof.slice() }
    this.#known.set(model.zkModelId, { expectedMs: this.expectedMs(model.zkModelId), selfTest })
    return selfTest
  }

  async #load(model: ProvableModel): Promise<LoadedProver> {
    const { zkModelId } = model
    const { engine, memoryLimitBytes, keep, log } = this.#options
    const loaded = this.#loaded.get(zkModelId)
    this.#loaded.delete(zkModelId)
    if (loaded?.alive) {
      this.#loaded.set(zkModelId, loaded)
      return loaded
    }
    for (const [oldest, prover] of this.#loaded) {
      if (this.#loaded.size < keep) break
      this.#loaded.delete(oldest)
      await prover.close()
    }
    const prover = await engine.load(await model.open(), { memoryLimitBytes })
    this.#loaded.set(zkModelId, prover)
    log.info({ zkModelId, pid: prover.pid }, 'a prover is up')
    return prover
  }

  #learn(zkModelId: Hex, ms: number): void {
    const { expectedMs, selfTest } = this.#known.get(zkModelId) ?? { expectedMs: undefined, selfTest: undefined }
    this.#known.set(zkModelId, { expectedMs: expectedMs === undefined ? ms : expectedMs + NEWEST * (ms - expectedMs), selfTest })
  }
}
