// A thread that runs tests on one set of codes after another, and says each time which of them fails first; all of them where it is given none.
import { parentPort, workerData } from 'node:worker_threads'

const subject = await import(workerData.bundle)
parentPort.on('message', async ({ codes, places }) => {
  globalThis.__become(codes)
  parentPort.postMessage(places ? await subject.firstFailure(places) : await subject.all())
})
