import type { RealTensor } from './types.ts'

/**
 * What a caller does with proven scores to get the output that the file declares: a public function of each row of `columns` scores.
 */
export type Decode =
  | { readonly kind: 'values' }
  /** Applied by the caller. `binary`: one score stands for two classes; the answer is two columns. */
  | { readonly kind: 'link'; readonly link: Link; readonly columns: number; readonly binary?: 'complement' | 'negate' }
  /** The label of the largest score (the first of equals), or, with one score for two classes, of `score > threshold`. */
  | { readonly kind: 'label'; readonly columns: number; readonly labels: readonly (number | string)[]; readonly threshold?: number }

/** The function at the end of a classifier that is left to whoever reads the answer. */
export type Link = 'none' | 'logistic' | 'softmax'

/**
 * A value of the file's graph while it is converted. `const`: known now. `var`: the cells of a node of the real graph, seen with the shape that the
 * file gives it; with a batch axis that axis comes first and has length 1. `derived`: what the caller computes from a proven value.
 */
export type Value =
  | { readonly kind: 'const'; readonly tensor: RealTensor; readonly integer: boolean }
  | { readonly kind: 'var'; readonly id: number; readonly shape: readonly number[]; readonly source?: number }
  | { readonly kind: 'derived'; readonly id: number; readonly shape: readonly number[]; readonly decode: Decode }

export type Var = Extract<Value, { kind: 'var' }>
export type Const = Extract<Value, { kind: 'const' }>
