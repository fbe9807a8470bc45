import { DAY, type Lineage, type ListDates } from './make/ca.ts'
import { ecKey } from './make/keys.ts'

const HOUR = 3600

/** 2020-01-01 to 2049-12-31, so that the same seed always gives the same certificates. */
const LIFETIME = { notBefore: 1_577_836_800, notAfter: 2_524_521_600 } as const

/** Development certificates say so in every name. */
export const lineage = (vendor: string): Lineage => ({ root: `DEVELOPMENT ${vendor}`, organization: 'DEVELOPMENT', ...LIFETIME })

/** The key of this name below the seed. */
export const keyOf = (curve: 'P-256' | 'P-384', seed: string, name: string) => ecKey(curve, `${seed}: ${name}`)

/** Lists of this hour: everybody who has the seed issues the same ones, and the number grows with the hour. Valid for a week. */
export function listDates(now: number): ListDates & { thisUpdate: number } {
  const thisUpdate = hourBefore(now)
  return { thisUpdate, nextUpdate: thisUpdate + 7 * DAY, number: thisUpdate / HOUR }
}

/** The beginning of the hour before this one, Unix seconds: clocks that are a little behind accept it. */
export const hourBefore = (now: number): number => (Math.floor(now / HOUR) - 1) * HOUR
