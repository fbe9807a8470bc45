/** Draws `length` random bytes from the system. */
export type RandomSource = (length: number) => Uint8Array

const POOL = 16 * 1024

/**
 * 32 random bytes at a time, as hex without `0x`, from one system call per 512 draws (a call costs 3 µs). Bytes handed out are wiped from the pool, and
 * never handed out again.
 */
export function randomPool(random: RandomSource): () => string {
  let pool = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at + 32 > pool.length) {
      pool = Buffer.from(random(POOL))
      at = 0
    }
    const drawn = pool.toString('hex', at, at + 32)
    pool.fill(0, at, at + 32)
    at += 32
    return drawn
  }
}
