import {
  type Address,
  bytesToHex,
  type CheckId,
  decodeRlp,
  type ErrorCode,
  encodeManifest,
  encodeRlp,
  type Hex,
  hexToBytes,
  keccak256Hex,
  manifestHashOf,
  modelIdFromHash,
  presets,
  type RlpItem,
  type SlotEvidence,
  signCommit,
  utf8,
} from '@opengradient/protocol'
import { type Actor, CHAIN_ID, OPG, OTHER_CHAIN_ID } from '../cast.ts'
import { authorise, type Edits, type Scene } from '../scene.ts'

export const RATE = OPG / 1000n

/** The checks that read state, in preset `settled`. */
export const STATE_CHECKS = ['operator.registered', 'operator.bonded', 'payment.price', 'payment.settled', 'inclusion'] as const

/** The same code for several checks. */
export const all = (code: ErrorCode, ...ids: CheckId[]): Partial<Record<CheckId, ErrorCode>> =>
  Object.fromEntries(ids.map((id) => [id, code]))

/** Nothing of the chain can be used: required checks are absent, `finality` says why. */
export const untrusted = (code: ErrorCode): Partial<Record<CheckId, ErrorCode>> => ({ ...all('ABSENT', ...STATE_CHECKS), finality: code })

/** A lie told with the finished bundle, or an expectation of the caller. */
export const judge = (edit: (scene: Scene) => void): Edits => ({ judge: edit })

/** A hash of nothing that matters. */
export const sha = (n: number): Hex => keccak256Hex(utf8(`test vectors: nothing ${n}`))

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export function changed(bytes: Uint8Array, offset: number): Uint8Array {
  const out = bytes.slice()
  out[offset]! ^= 1
  return out
}

export const flip = (hex: Hex, offset = 0): Hex => bytesToHex(changed(hexToBytes(hex), offset))

/** The other signature of the same key over the same digest. */
export function highS(signature: Hex): Hex {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0')
  return `${signature.slice(0, 66)}${s}${signature.endsWith('1b') ? '1c' : '1b'}` as Hex
}

/** The operator runs and signs for another model of the author than the one that was asked for. */
export const swappedModel: Edits = {
  call(scene) {
    scene.manifest = { ...scene.manifest, batch: { invariant: false, max: 1 } }
    scene.manifestBytes = encodeManifest(scene.manifest)
    scene.modelId = modelIdFromHash(scene.author.address, manifestHashOf(scene.manifestBytes))
  },
}

/** The author publishes other bytes. */
export function rewriteManifest(scene: Scene, change: (json: string) => string): void {
  scene.manifestBytes = utf8(change(text(scene.manifestBytes)))
  scene.modelId = modelIdFromHash(scene.author.address, manifestHashOf(scene.manifestBytes))
}

/** The payer authorises `difference` OPG wei more. */
export function revalue(scene: Scene, difference: bigint): void {
  scene.payment.value += difference
  authorise(scene)
}

/** In a batch, but not settled yet. */
export const unsettledAnswer: Edits = {
  anchor(scene) {
    scene.settled = undefined
  },
  judge(scene) {
    scene.policy = presets.answer
  },
}

/** The receipt belongs to another network, the chain evidence to the trusted one. */
export const elsewhere: Edits = {
  cast(scene) {
    scene.domain = { ...scene.domain, chainId: BigInt(OTHER_CHAIN_ID) }
  },
  bundle({ bundle, block, validator }) {
    bundle.chain!.commit = signCommit(CHAIN_ID, { height: block.number, blockHash: block.hash }, validator.key)
  },
}

/** Somebody, by default the validator, signs another header in place of the one of the evidence. */
export function resignHeader({ bundle, validator, block }: Scene, change: (fields: RlpItem[]) => void, signer: Actor = validator): void {
  const fields = decodeRlp(hexToBytes(bundle.chain!.header)) as RlpItem[]
  change(fields)
  const header = bytesToHex(encodeRlp(fields))
  bundle.chain!.header = header
  bundle.chain!.commit = signCommit(CHAIN_ID, { height: block.number, blockHash: keccak256Hex(hexToBytes(header)) }, signer.key)
}

/** Another value at the end of a proof. */
export function tamper(proof: Hex[]): void {
  const last = proof.pop()!
  proof.push(flip(last, hexToBytes(last).length - 1))
}

/** The evidence of one slot. */
export function slot({ bundle }: Scene, address: Address, wanted: Hex): SlotEvidence {
  return bundle.chain!.accounts.find((account) => account.address === address)!.storage.find((entry) => entry.slot === wanted)!
}

export function leaveOut({ bundle }: Scene, address: Address, unwanted: Hex): void {
  const account = bundle.chain!.accounts.find((entry) => entry.address === address)!
  account.storage = account.storage.filter((entry) => entry.slot !== unwanted)
}
