export { FINAL_FLAG, frameAad, frameNonce, MAX_FRAME_BYTES, RESPONSE_NONCE_BYTES } from './frame.ts'
export { encodeSealHeader, parseSealHeader, SEAL_HEADER, type SealContext, type SealHeader, sealAad, sealInfo } from './head.ts'
export { deriveSealKey, type SealKey } from './key.ts'
export { FrameOpener } from './opener.ts'
export { FRAME_INTERVAL, type PaceClock, PacedSealer } from './paced.ts'
export { PAD_TO, pad, unpad } from './padding.ts'
export {
  type ArrivedRequest,
  type OpenedRequest,
  openRequest,
  openResponse,
  resumeOpener,
  type SealableRequest,
  type SealedRequest,
  type SealState,
  sealRequest,
} from './request.ts'
export { FrameSealer } from './sealer.ts'
export type { SealSalts } from './secrets.ts'
