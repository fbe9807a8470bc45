import type { Decode } from './real/value.ts'

/** How far the integer model is from the reference on the samples, for one output of the file. */
export interface OutputFidelity {
  readonly name: string
  /** Largest absolute difference of a number; undefined for labels. */
  readonly maxError?: number
  /** √(Σ error² / Σ reference²); undefined for labels. */
  readonly rms?: number
  /** Share of rows with the same largest element (outputs with at least two columns), or the same label. */
  readonly argmax?: number
  /** What the caller computes from the proven value to get this output. */
  readonly decode: Decode
}

/** What a publisher should know before registering the model. */
export interface Report {
  /** `given`: sample inputs of the caller. `synthetic`: made up, so ranges are a guess. */
  readonly calibration: 'given' | 'synthetic'
  readonly samples: number
  /** `runtime`: answers given with the samples. `float`: this package's own float64 run of the same graph. */
  readonly reference: 'runtime' | 'float'
  readonly outputs: readonly OutputFidelity[]
  readonly parameters: number
  readonly nodes: number
  /** Cells of all activations: what a proof commits, roughly. */
  readonly activations: number
  readonly notes: readonly string[]
}

/** Compares the answers of all samples, in rows of `width`, with the reference. */
export function fidelity(
  name: string,
  decode: Decode,
  answers: readonly (number | string)[],
  reference: ArrayLike<number | string>,
  width: number,
): OutputFidelity {
  if (decode.kind === 'label') {
    const same = answers.filter((label, i) => label === reference[i]).length
    return { name, argmax: same / answers.length, decode }
  }
  let maxError = 0
  let errors = 0
  let total = 0
  for (const [i, answer] of answers.entries()) {
    const want = Number(reference[i])
    const error = Math.abs(Number(answer) - want)
    maxError = Math.max(maxError, error)
    errors += error * error
    total += want * want
  }
  const rms = errors === 0 ? 0 : Math.sqrt(errors / total)
  if (width < 2) return { name, maxError, rms, decode }
  const rows = answers.length / width
  let same = 0
  for (let r = 0; r < rows; r++) {
    const best = (list: ArrayLike<number | string>): number => {
      let at = r * width
      for (let i = at; i < (r + 1) * width; i++) if (Number(list[i]) > Number(list[at])) at = i
      return at
    }
    if (best(answers) === best(reference)) same++
  }
  return { name, maxError, rms, argmax: same / rows, decode }
}
