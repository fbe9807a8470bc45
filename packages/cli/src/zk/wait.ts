import type { ProofProgress } from '@opengradient/sdk'
import type { Context } from '../context.ts'
import { progressBar } from './progress.ts'

/** A bar while a node makes the proof of an answer: its own estimate, so that the bar may stand still. */
export function proofWait({ io }: Context): { onProof: (progress: ProofProgress) => void; end: () => void } {
  const progress = progressBar(io, 'proof')
  let told: number | undefined
  return {
    onProof({ state, position, expectedMs }) {
      const first = told === undefined
      told = expectedMs
      progress.phase(state === 'queued' && position > 0 ? `${position} before this one` : state, first ? expectedMs : undefined)
    },
    end: () => progress.end(),
  }
}
