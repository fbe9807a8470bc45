import { type Hex, OgError } from '@opengradient/protocol'
import { decodeIr } from '@opengradient/zkml'
import type { Cancellation } from '../engine/cancellation.ts'
import type { ModelBytes } from '../engine/engine.ts'
import { readZkir } from '../engine/zk.ts'
import type { LoadedProver, ProvenAnswer, ProverEngine } from '../engine/zkProver.ts'
import type { NodeLog } from '../log.ts'
import { checkRegistration } from '../zk/registration.ts'

/** A model whose answers this node can prove. */
export interface ProvableModel {
  readonly modelId: Hex
  readonly zkModelId: Hex
  /**
   * SHA-256 of the published file. What was found out about one file is not believed of another that claims the same `zkModelId`: its
   * publisher may lie, and no verifier would accept a proof with that file.
   */
  readonly fileHash: Hex
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

const BYTES = { i16: 2, i32: 4, i64: 8 } as const
/** Weight of the newest proof in the expected time. */
const NEWEST = 0.3

/**
 * The processes that prove: one a model, the last used ones kept, one proof at a time over all of them. Before a model counts as provable it
 * proves an answer to zeros; that also finds committed weights that are not the committed ones.
 */
export class Provers {
  readonly #options: ProversOptions
  /** By file, latest used last. */
  readonly #loaded = new Map<Hex, LoadedProver>()
  /** Milliseconds that proofs take lately, by integer model. */
  readonly #expectedMs = new Map<Hex, number>()
  /** By file. */
  readonly #tested = new Map<Hex, SelfTest>()
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
    return this.#expectedMs.get(zkModelId)
  }

  /**
   * Loads and tests a model once.
   * @returns a proof of an answer to zeros
   * @throws OgError why it cannot be proved
   */
  ready(model: ProvableModel): Promise<SelfTest> {
    const { fileHash } = model
    const tested = this.#tested.get(fileHash)
    if (tested !== undefined) return Promise.resolve(tested)
    let testing = this.#testing.get(fileHash)
    if (testing === undefined) {
      testing = this.#test(model).finally(() => this.#testing.delete(fileHash))
      this.#testing.set(fileHash, testing)
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
    const file = readZkir(await model.published())
    checkRegistration(file)
    const { ir } = file
    const { inputs, tensors } = decodeIr(ir)
    const length = inputs.reduce((sum, id) => sum + tensors[id]!.axes.reduce((a, b) => a * b, BYTES[tensors[id]!.dt]), 0)
    const [x, ctx] = [new Uint8Array(length), new Uint8Array(96)]
    // The first proof makes programs and tables; the second takes as long as all later ones.
    await this.prove(model, x, ctx)
    this.#expectedMs.delete(model.zkModelId)
    const { y, proof } = await this.prove(model, x, ctx)
    const selfTest = { x, y: y.slice(), ctx, proof: proof.slice() }
    this.#tested.set(model.fileHash, selfTest)
    return selfTest
  }

  async #load(model: ProvableModel): Promise<LoadedProver> {
    const { zkModelId, fileHash } = model
    const { engine, memoryLimitBytes, keep, log } = this.#options
    const loaded = this.#loaded.get(fileHash)
    this.#loaded.delete(fileHash)
    if (loaded?.alive) {
      this.#loaded.set(fileHash, loaded)
      return loaded
    }
    for (const [oldest, prover] of this.#loaded) {
      if (this.#loaded.size < keep) break
      this.#loaded.delete(oldest)
      await prover.close()
    }
    const prover = await engine.load(await model.open(), { memoryLimitBytes })
    this.#loaded.set(fileHash, prover)
    log.info({ zkModelId, pid: prover.pid }, 'a prover is up')
    return prover
  }

  #learn(zkModelId: Hex, ms: number): void {
    const before = this.#expectedMs.get(zkModelId)
    this.#expectedMs.set(zkModelId, before === undefined ? ms : before + NEWEST * (ms - before))
  }
}
