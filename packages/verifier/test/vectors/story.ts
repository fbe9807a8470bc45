import type { CheckId, ErrorCode } from '@opengradient/protocol'
import type { Edits, Scene } from './scene.ts'

/** One vector as it is told here; `build.ts` plays it and writes the file. */
export interface Story {
  /** File name, in words. */
  readonly name: string
  /** What is special about it: for a forgery, the one lie. */
  readonly says: string
  readonly edits?: Edits
  /** Other bytes than those of the scene's bundle, for what is not even a bundle. */
  readonly bytes?: (encoded: Uint8Array) => Uint8Array
  /** Every check that must fail, and why. */
  readonly fails?: Partial<Record<CheckId, ErrorCode>>
  /** Every check that must be absent. */
  readonly absent?: readonly CheckId[]
  /** For honest ones: the level that must be reached; `signature` if nothing is said. */
  readonly level?: 'none' | 'tee' | 'development' | 'zk'
}

/** Edits that are all made right after one stage. */
export const at =
  (stage: keyof Edits) =>
  (edit: (scene: Scene) => void | Promise<void>): Edits => ({ [stage]: edit })
