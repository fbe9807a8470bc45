import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds that a proposer waits at most: one whose clock is far behind must not stop the network. */
const LONGEST = 1_000

/**
 * Waits until the clock has passed this unix second. Block times are whole seconds and always move on, so a proposer that did not wait until
 * the second after the parent's would let them run ahead of the clock. With it, CometBFT's own pause after a commit can be short: blocks
 * come once a second while there is time, and at once when there was not.
 */
export async function untilSecond(second: bigint, now: () => number = Date.now): Promise<void> {
  const left = Number(second) * 1_000 - now()
  if (left > 0) await sleep(Math.min(left, LONGEST))
}
