import type { BlockExecutor } from './executor/blockExecutor.ts'

/** Told how long a step of a block took, seconds: to run it, or to store it. */
export type BlockTiming = (step: 'run' | 'commit', seconds: number) => void

/** An executor that tells how long it takes; what fails is not told. */
export function timedExecutor(executor: BlockExecutor, tell: BlockTiming): BlockExecutor {
  const timed = async <T>(step: 'run' | 'commit', work: Promise<T>): Promise<T> => {
    const begun = performance.now()
    const done = await work
    tell(step, (performance.now() - begun) / 1000)
    return done
  }
  return {
    run: (order) => timed('run', executor.run(order)),
    commit: (commit) => timed('commit', executor.commit(commit)),
    close: () => executor.close(),
  }
}
