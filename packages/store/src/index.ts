export { fetchFile } from '@opengradient/client/node'
export { type FileStore, isStore, openStore, type StoreOptions } from './fileStore.ts'
export { type RunningStore, type StartOptions, type StoreLog, startStore } from './startStore.ts'
