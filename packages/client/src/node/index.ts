export { type FetchFileOptions, fetchFile, type PeerFault, type WantedFile } from './fetchFile/fetchFile.ts'
export { isFile } from './fetchFile/partial.ts'
export { type GuardOptions, guardedHttp } from './guardedHttp.ts'
