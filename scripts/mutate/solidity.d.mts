import type { Mutant } from './instrument.mjs'

export interface SolidityMutant extends Mutant {
  start: number
  end: number
  text: string
  once: boolean
}

export function solidityMutants(
  root: string,
  subjects: readonly string[],
  sampled?: (count: number) => boolean,
): Map<string, SolidityMutant>
export function contractsOf(root: string): {
  readonly sources: Readonly<Record<string, { content: string }>>
  codes(): Readonly<Record<string, string>>
  codesWith(mutant: Pick<SolidityMutant, 'file' | 'start' | 'end' | 'text'>): Readonly<Record<string, string>>
}
