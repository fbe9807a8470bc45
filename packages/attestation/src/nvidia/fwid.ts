import { readWhole, TAG } from '../asn1/der.ts'
import { OID } from '../asn1/oids.ts'
import { readOid } from '../asn1/values.ts'
import { demand, refuse } from '../result/rejection.ts'
import type { Certificate } from '../x509/certificate.ts'

/** CompositeDeviceID: version, key of the device, and the digest of the firmware (RIoT and DICE certificates of the TCG). */
const DEVICE_ID = '2.23.133.5.4.1'

/** SHA-384 of the firmware that a GPU's certificate was issued for. CHAIN_INVALID when it is missing. */
export function firmwareId({ extensions }: Certificate): Uint8Array {
  const found = extensions.get(DEVICE_ID) ?? refuse('CHAIN_INVALID', 'The certificate of the GPU does not name its firmware.')
  const device = readWhole(found.value, TAG.sequence, 'Device id')
  device.next(TAG.integer)
  device.next(TAG.sequence)
  const firmware = device.enter(TAG.sequence)
  device.end('Device id')
  demand(readOid(firmware) === OID.sha384, 'UNSUPPORTED', 'The firmware of the GPU is named by another hash than SHA-384.')
  const { value } = firmware.next(TAG.octetString)
  firmware.end('Firmware id')
  return value
}
