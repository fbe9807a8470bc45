import type { SnpFamily } from '@opengradient/attestation'
import type { VendorCollateral } from '@opengradient/protocol'
import type { Get, Services } from './services.ts'

const MAX_LIST = 1_048_576
const MAX_CERTIFICATE = 16_384

/** The list of a family's root, whose certificate the release has, for keys of chips or for those that clouds load. @throws OgError `EVIDENCE_FETCH_FAILED` */
export async function amdPublished(get: Get, { amd }: Services, family: SnpFamily, signer: 'vcek' | 'vlek'): Promise<VendorCollateral[]> {
  return [await bareList(get, `${amd}/${signer}/v1/${family}/crl`, signer === 'vlek' ? 'vlekCrl' : 'crl')]
}

/** The certificate (DER) of the key that signed a report. `path`: see `snpPublished`. @throws OgError `EVIDENCE_FETCH_FAILED` */
export async function amdCertificate(get: Get, { amd }: Services, path: string): Promise<Uint8Array> {
  return (await get(`${amd}${path}`, MAX_CERTIFICATE)).body
}

/** The lists that NVIDIA's certificates name: of the root, and of the family's authority. @throws OgError `EVIDENCE_FETCH_FAILED` */
export function nvidiaPublished(get: Get, { nvidia }: Services, family: string): Promise<VendorCollateral[]> {
  const names = ['l1-root', `l2-${family.toLowerCase()}`]
  return Promise.all(names.map((name) => bareList(get, `${nvidia}/crl/${name}.crl`)))
}

/** A list that comes without the certificate of who issued it. */
async function bareList(get: Get, url: string, kind: VendorCollateral['kind'] = 'crl'): Promise<VendorCollateral> {
  return { kind, body: (await get(url, MAX_LIST)).body, signature: new Uint8Array(), certificates: [] }
}
