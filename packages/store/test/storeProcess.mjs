import { startStore } from '@opengradient/store'

/** A store in a process of its own, for tests that kill it: `node storeProcess.mjs DIR`, from what was built, prints its port. */
const log = { info: () => undefined, error: () => undefined }
const { port } = await startStore({
  dir: process.argv[2],
  host: '127.0.0.1',
  port: 0,
  quotaBytes: 1 << 30,
  token: 'test token',
  log,
})
process.stdout.write(`${port}\n`)
