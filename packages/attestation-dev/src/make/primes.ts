import { checkPrimeSync } from 'node:crypto'
import { bytesToUint, concatBytes, utf8 } from '@opengradient/protocol'
import { digest } from './hash.ts'

const E = 65537n
/** The two highest bits: the product of two such primes has exactly 2048. */
const TOP = 3n << 1022n
/** Numbers that are sieved at once; about one in 710 is a prime. */
const WINDOW = 4096
/** Odd primes of up to 14 bits: of the odd numbers that none of them divides one in 41 is a prime. */
const SMALL = smallPrimes(2 ** 14)

/** Two primes of 1024 bits for an RSA key with the exponent 65537; the same seed gives the same ones. For keys that protect nothing. */
export const derivePrimes = (seed: string): [bigint, bigint] => [derivePrime(`${seed} p`), derivePrime(`${seed} q`)]

/** The first suitable prime from a point on that the seed gives. */
function derivePrime(seed: string): bigint {
  const blocks = [0, 1].map((i) => digest('SHA-512', utf8(`${seed} ${i}`)))
  for (let start = bytesToUint(concatBytes(...blocks)) | TOP | 1n; ; start += BigInt(WINDOW)) {
    for (const distance of undivided(start)) {
      const candidate = start + BigInt(distance)
      if (candidate % E !== 1n && checkPrimeSync(candidate, { checks: 32 })) return candidate
    }
  }
}

/** How far on from an odd number those of the window are that no small prime divides, in order: to ask OpenSSL for each takes five times as long. */
function undivided(start: bigint): number[] {
  const odd = new Uint8Array(WINDOW / 2)
  for (const prime of SMALL) {
    const rest = Number(start % BigInt(prime))
    // start + 2·i is a multiple.
    const missing = (prime - rest) % prime
    for (let i = (missing % 2 === 0 ? missing : missing + prime) / 2; i < odd.length; i += prime) odd[i] = 1
  }
  return [...odd.keys()].filter((i) => odd[i] === 0).map((i) => 2 * i)
}

/** Odd primes below a number. */
function smallPrimes(end: number): number[] {
  const divided = new Uint8Array(end)
  const primes: number[] = []
  for (let n = 3; n < end; n += 2) {
    if (divided[n] === 1) continue
    primes.push(n)
    for (let multiple = n * n; multiple < end; multiple += 2 * n) divided[multiple] = 1
  }
  return primes
}
