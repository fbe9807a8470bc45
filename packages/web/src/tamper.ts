import { type Bundle, encodeCmw, parseCmw } from '@opengradient/protocol'

/** One change that somebody could make to a bundle on its way. */
export interface Tampering {
  readonly id: string
  readonly label: string
  /** Whether this bundle holds what it changes. */
  applies(bundle: Bundle): boolean
  /** The bundle with the change; the one given stays as it is. */
  apply(bundle: Bundle): Bundle
}

/** The lies that the page offers to tell, so that anyone can see them refused. */
export const TAMPERINGS: readonly Tampering[] = [
  {
    id: 'response',
    label: 'one byte of the response',
    applies: ({ response }) => (response?.body.length ?? 0) > 0,
    apply: (bundle) => ({ ...bundle, response: { ...bundle.response!, body: flipped(bundle.response!.body) } }),
  },
  {
    id: 'request',
    label: 'one byte of the request',
    applies: ({ request }) => (request?.body.length ?? 0) > 0,
    apply: (bundle) => ({ ...bundle, request: { ...bundle.request!, body: flipped(bundle.request!.body) } }),
  },
  {
    id: 'model',
    label: 'one byte of the model’s manifest',
    applies: () => true,
    apply: (bundle) => ({ ...bundle, manifest: flipped(bundle.manifest) }),
  },
  {
    id: 'price',
    label: 'the price by one wei',
    applies: ({ receipt }) => receipt.price > 0n,
    apply: (bundle) => ({ ...bundle, receipt: { ...bundle.receipt, price: bundle.receipt.price + 1n } }),
  },
  {
    id: 'time',
    label: 'the date by one second',
    applies: () => true,
    apply: (bundle) => ({ ...bundle, receipt: { ...bundle.receipt, issuedAt: bundle.receipt.issuedAt - 1n } }),
  },
  {
    id: 'proof',
    label: 'one byte of the proof',
    applies: ({ zk }) => zk !== undefined,
    apply: (bundle) => ({ ...bundle, zk: { ...bundle.zk!, proof: flipped(bundle.zk!.proof) } }),
  },
  {
    id: 'evidence',
    label: 'one byte of the enclave’s evidence',
    applies: ({ tee }) => tee !== undefined && readable(tee.cmw),
    apply: (bundle) => ({ ...bundle, tee: { ...bundle.tee!, cmw: withEvidence(bundle.tee!.cmw) } }),
  },
  {
    id: 'integer-model',
    label: 'one byte of the integer model',
    applies: ({ zk }) => zk !== undefined,
    apply: (bundle) => ({ ...bundle, zk: { ...bundle.zk!, model: flipped(bundle.zk!.model) } }),
  },
]

function readable(cmw: Uint8Array): boolean {
  try {
    return parseCmw(cmw).evidence.length >= 8
  } catch {
    return false
  }
}

/** An envelope whose raw evidence has another byte near its end, where every platform has its signature. */
function withEvidence(cmw: Uint8Array): Uint8Array {
  const envelope = parseCmw(cmw)
  const evidence = envelope.evidence.slice()
  evidence[evidence.length - 8]! ^= 1
  return encodeCmw({ ...envelope, evidence })
}

/** The bytes with the lowest bit of the middle one turned round. */
function flipped(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice()
  const middle = out.length >> 1
  out[middle] = (out[middle] ?? 0) ^ 1
  return out
}
