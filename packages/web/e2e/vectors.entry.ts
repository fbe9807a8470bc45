import '../src/strict.ts'

export { verify } from '@opengradient/verifier'
export { replay, replaySlash } from '../../verifier/test/vectors/replay.ts'
