import { certificateMark, issuerNaming, type Roots, underTrusts, verifyCollateral } from '@opengradient/attestation'
import {
  type AuthenticateCall,
  COLLATERAL_KINDS,
  decodeCollateral,
  type Hex,
  type ListedCall,
  type TeeCode,
  type VendorCollateral,
} from '@opengradient/protocol'
import type { Meter } from '../meter.ts'
import type { Authentic } from './answers.ts'
import { orUndefined, trustsOf } from './appraise.ts'
import { meteredCheck } from './check.ts'
import { PRICES } from './prices.ts'

/** Whether a vendor published this and it is in date; each step paid for before it is taken. Throws `OutOfGas` only. */
export async function authenticateCall(call: AuthenticateCall, meter: Meter, hardware: Roots): Promise<Authentic | TeeCode> {
  const collateral = orUndefined(() => decodeCollateral(call.collateral))
  if (!collateral) return 'INPUT_MALFORMED'
  const check = meteredCheck(meter)
  const result = await underTrusts(trustsOf(call.developmentRoots, hardware), async (roots) => {
    meter.charge(sizeOf(collateral), PRICES.evidenceByte)
    const verified = await verifyCollateral(collateral, { now: call.time, roots, check })
    // The verifier takes a meter that ran out for a fault of the collateral.
    meter.charge(0, 0)
    return verified
  })
  if (!result.ok) return result.code
  const { key, kind, number, thisUpdate, nextUpdate, certificates } = result
  return { key, kind: COLLATERAL_KINDS[kind], number, thisUpdate, nextUpdate, marks: certificates.map(certificateMark) }
}

/** The issuer of a revocation list that names all these serials; undefined for any other, and for what is no list. */
export function listedCall({ collateral, serials }: ListedCall, meter: Meter): Hex | undefined {
  const list = orUndefined(() => decodeCollateral(collateral))
  if (!list) return undefined
  meter.charge(list.body.length, PRICES.evidenceByte)
  return issuerNaming(list, serials.map(serialHex))
}

/** Serials as certificates hold them: without leading zeros, nothing for zero. */
function serialHex(serial: bigint): Hex {
  const digits = serial === 0n ? '' : serial.toString(16)
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`
}

const sizeOf = ({ body, certificates }: VendorCollateral): number => body.length + certificates.reduce((sum, { length }) => sum + length, 0)
