// The process a model runs in. It knows one model, reads one request at a time from descriptor 3 and answers there; it ends when the parent does.
import { failureOf } from './failure.mjs'
import { FAILED, frameReader, LOAD, LOADED, PROVE, READY, RUN, readProve, readRun, writeJson, writeProven, writeResult } from './wire.mjs'

const FD = 3
const next = frameReader(FD)

/** @typedef {{ inputNames: readonly string[], outputNames: readonly string[], run(feeds: object, fetches: readonly string[]): Promise<Record<string, { type: string, data: any, dims: readonly number[] }>>, prove?(x: Uint8Array, ctx: Uint8Array): { y: Uint8Array, proof: Uint8Array } }} Session */
/** @typedef {{ Tensor: new (type: any, data: any, dims: readonly number[]) => any, create(bytes: Uint8Array, options: Record<string, unknown>): Promise<Session> }} Runtime */

const RUNTIMES = { onnx: () => import('./native.mjs'), 'onnx-exact': () => import('./wasm.mjs'), zk: () => import('./zk.mjs') }
/** @type {Runtime} */
const runtime = await (await RUNTIMES[/** @type {keyof typeof RUNTIMES} */ (process.argv[2])]()).runtime()
/** @type {Session | undefined} */
let session
writeJson(FD, 0, READY, {})

for (;;) {
  const frame = next()
  if (frame === undefined) process.exit(0)
  const { id, kind, body } = frame
  try {
    if (kind === LOAD) {
      const jsonLength = body.readUInt32LE(0)
      const modelLength = body.readUInt32LE(4)
      const options = JSON.parse(body.toString('utf8', 8, 8 + jsonLength))
      const at = (8 + jsonLength + 7) & ~7
      session = await runtime.create(body.subarray(at, at + modelLength), options)
      writeJson(FD, id, LOADED, { inputs: session.inputNames, outputs: session.outputNames })
    } else if (kind === RUN && session !== undefined) {
      await run(session, id, body)
    } else if (kind === PROVE && session?.prove !== undefined) {
      const started = performance.now()
      const { x, ctx } = readProve(body)
      const { y, proof } = session.prove(x, ctx)
      writeProven(FD, id, y, proof, (performance.now() - started) * 1000)
    } else {
      throw new Error(`frame of kind ${kind} out of order`)
    }
  } catch (error) {
    const failure = failureOf(error)
    writeJson(FD, id, FAILED, failure)
    if (failure.fatal) process.exit(70)
  }
}

/** @param {Session} model @param {number} id @param {Buffer} body */
async function run(model, id, body) {
  const started = performance.now()
  const { inputs, outputs } = readRun(body)
  /** @type {Record<string, unknown>} */
  const feeds = {}
  for (let i = 0; i < inputs.length; i++) {
    const { type, data, dims } = /** @type {(typeof inputs)[number]} */ (inputs[i])
    feeds[/** @type {string} */ (model.inputNames[i])] = new runtime.Tensor(type, data, dims)
  }
  const names = outputs.map((index) => /** @type {string} */ (model.outputNames[index]))
  const results = await model.run(feeds, names)
  const tensors = names.map((name) => /** @type {{ type: string, data: any, dims: readonly number[] }} */ (results[name]))
  writeResult(FD, id, tensors, (performance.now() - started) * 1000)
}
