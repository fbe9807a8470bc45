import type { Plugin } from 'vite'

export interface Mutant {
  file: string
  line: number
  before: string
  after: string
}

export function mutations(
  wanted: (file: string) => string | undefined,
  mutants: Map<string, Mutant>,
  sampled?: (count: number) => boolean,
): Plugin
