import { bytesToHex, type Hex } from '@opengradient/protocol'
import { encodeIr } from '../../src/ir/ir.ts'
import { encodeWeights } from '../../src/ir/weights.ts'
import { encodeProgram, programHash } from '../../src/program/encode.ts'
import { lower } from '../../src/program/lower/lower.ts'
import { PROGRAM_STORIES, type ProgramStory } from './models.ts'

/** A file of `vectors/`: its path below that folder and its text. */
export interface VectorFile {
  readonly path: string
  readonly text: string
}

/** What a file of `zk/programs/` holds: how an integer model is lowered. */
export interface ProgramVector {
  readonly name: string
  readonly says: string
  readonly weights: 'public' | 'committed'
  readonly batch: number
  /** Bytes of the integer model, SPEC 2.1, and of its weights, 2.7. */
  readonly ir: Hex
  readonly blob: Hex
  /** Bytes of the program, SPEC 3.6, and their hash. */
  readonly program: Hex
  readonly programHash: Hex
}

/** The program vectors as they should be. */
export function buildProgramVectors(): VectorFile[] {
  return PROGRAM_STORIES.map((story, i) => ({
    path: `zk/programs/${String(i + 1).padStart(2, '0')}-${story.name}.json`,
    text: `${JSON.stringify(vectorOf(story), undefined, 1)}\n`,
  }))
}

function vectorOf({ name, says, weights, batch, build }: ProgramStory): ProgramVector {
  const { model, outputs } = build()
  const ir = model.build(outputs, name)
  const { program } = lower(ir, { batch, weights, weightValues: model.weights })
  return {
    ...{ name, says, weights, batch, ir: bytesToHex(encodeIr(ir)), blob: bytesToHex(encodeWeights(ir.weights, model.weights)) },
    ...{ program: bytesToHex(encodeProgram(program)), programHash: bytesToHex(programHash(program)) },
  }
}
