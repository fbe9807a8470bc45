import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Short files that take long, most of it waiting for processes that they start: the longest first. Vitest begins with the largest files where it
 * has not run them before, so that these would be alone at the end, with a processor that nobody uses.
 */
export const LONG = [
  'packages/cli/test/network.test.ts',
  'packages/verifier/test/vectors.test.ts',
  'packages/attestation/test/vectors.test.ts',
  'packages/inference/test/teeKill.test.ts',
  'packages/inference/src/scheduler/onnxExact.test.ts',
  'packages/inference/test/kill.test.ts',
  'packages/chain/test/crash.test.ts',
  'packages/inference/test/zkKill.test.ts',
  'packages/inference/src/engine/onnxExact.test.ts',
  'packages/inference/test/settleFirstKill.test.ts',
  'packages/chain/test/contracts/property/invariants.test.ts',
  'packages/chain/test/snapshotCrash.test.ts',
  'packages/inference/src/scheduler/onnx.test.ts',
  'packages/inference/src/engine/onnx.test.ts',
  'packages/store/test/kill.test.ts',
]

/** Begins with those files, each within its project; all others are in the order that Vitest gives them. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONG.indexOf(relative(this.ctx.config.root, moduleId).replaceAll('\\', '/'))
      return at < 0 ? LONG.length : at
    }
    const projects = [...new Set(sorted.map(({ project }) => project))]
    return projects.flatMap((project) => sorted.filter((file) => file.project === project).sort((a, b) => place(a) - place(b)))
  }
}
