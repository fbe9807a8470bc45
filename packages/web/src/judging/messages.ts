import type { Bundle } from '@opengradient/protocol'
import type { Judgement, Rules, Subject } from '../judge.ts'

/** What the page asks its worker: what a file holds, or the verdict on it (on `changed` in its place). */
export type Question =
  | { readonly ask: 'subject'; readonly name: string; readonly bytes: Uint8Array }
  | {
      readonly ask: 'verdict'
      readonly subject: Subject
      readonly rules: Rules
      readonly now: number
      readonly changed: Bundle | undefined
    }

/** `ready` comes first, by itself; then an answer to each question. */
export type Reply = { readonly ready: true } | { readonly answer: Subject | Judgement } | { readonly fault: string }
