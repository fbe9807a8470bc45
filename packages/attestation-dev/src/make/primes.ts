import { checkPrimeSync } from 'node:crypto'
import { bytesToUint, concatBytes, utf8 } from '@opengradient/protocol'
import { digest } from './hash.ts'

const E = 65537n
/** The two highest bits: the product of two such primes has exactly 2048. */
const TOP = 3n << 1022n

/** Two primes of 1024 bits for an RSA key with the exponent 65537; the same seed gives the same ones. For keys that protect nothing. */
export const derivePrimes = (seed: string): [bigint, bigint] => [derivePrime(`${seed} p`), derivePrime(`${seed} q`)]

/** The first suitable prime from a point on that the seed gives. */
function derivePrime(seed: string): bigint {
  const blocks = [0, 1].map((i) => digest('SHA-512', utf8(`${seed} ${i}`)))
  let candidate = bytesToUint(concatBytes(...blocks)) | TOP | 1n
  while (candidate % E === 1n || !checkPrimeSync(candidate, { checks: 32 })) candidate += 2n
  return candidate
}
