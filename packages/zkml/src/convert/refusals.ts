import { isOgError, OgError } from '@opengradient/protocol'
import { sentence } from './errors.ts'

/** One node that cannot be part of an integer model, and why. Inputs and outputs of the file are named as nodes are. */
export interface Refusal {
  readonly code: 'ZK_UNSUPPORTED_OP' | 'ZK_DYNAMIC_SHAPE'
  readonly op: string
  /** Its name in the file, or that of its first output. */
  readonly node: string
  readonly reason: string
}

/** Refusals that an error lists, and those that its message spells out. */
const MAX_LISTED = 100
const MAX_SPOKEN = 5

/** Collects the refusals of all nodes, so that whoever exports a model hears of them at once. */
export class Refusals {
  readonly #listed: Refusal[] = []
  #count = 0

  get any(): boolean {
    return this.#count > 0
  }

  /** What `step` gives, or undefined if it refuses a node. Throws whatever else it throws. */
  collect<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      this.add(error)
      return undefined
    }
  }

  /** Keeps a refusal of one node. Throws any other error. */
  add(error: unknown): void {
    if (!isOgError(error) || (error.code !== 'ZK_UNSUPPORTED_OP' && error.code !== 'ZK_DYNAMIC_SHAPE')) throw error
    const { op, node, reason } = error.details as Record<'op' | 'node' | 'reason', string>
    this.#count++
    if (this.#listed.length < MAX_LISTED) this.#listed.push({ code: error.code, op, node, reason })
  }

  /**
   * Throws what was collected as one error: `details.refused` lists the first 100 in the order of the file, `details.count` counts all.
   *
   * @throws OgError `ZK_UNSUPPORTED_OP` or `ZK_DYNAMIC_SHAPE`, after the first of them
   */
  refuse(): void {
    const [first] = this.#listed
    if (first === undefined) return
    const { code, op, node, reason } = first
    const spoken = this.#listed.slice(0, MAX_SPOKEN).map(sentence)
    const silent = this.#count - spoken.length
    const message = `${spoken.join('; ')}${silent === 0 ? '' : `; and ${silent} more`}`
    throw new OgError(code, message, { details: { op, node, reason, refused: this.#listed, count: this.#count } })
  }
}
