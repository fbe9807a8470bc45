// npm run conformance [-- NAME…] [--json]: runs the third-party test sets from the folder TESTDATA. What is missing is an error, never a skip.
// `onnx` runs the operator cases of ONNX twice: on the runtimes of the inference node and, as `onnx-zk`, on integer models; its JSON is that of
// the former with the latter as `zk`. `onnx-zk` alone runs that half.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from './load.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** name → the runner's source (exports `run(testdata): { passed, total, failed, known? }`), the folder it reads, where the set comes from. */
const SETS = {
  jcs: ['packages/protocol/conformance/jcs.ts', 'jcs', 'github.com/cyberphone/json-canonicalization testdata/'],
  'typed-data': ['packages/protocol/conformance/typed-data.ts', 'typed-data', 'github.com/ethers-io/ethers.js testcases/'],
  onnx: ['packages/inference/conformance/onnx.ts', 'onnx/conformance', 'github.com/onnx/onnx onnx/backend/test/data/'],
  'onnx-zk': ['packages/zkml/conformance/onnx.ts', 'onnx/conformance', 'github.com/onnx/onnx onnx/backend/test/data/'],
  tee: ['packages/attestation/conformance/tee.ts', 'tee', 'the nine repositories that the set names'],
  attesters: ['packages/attestation/conformance/attesters.ts', 'tee', 'the nine repositories that the set names'],
  state: ['packages/chain/conformance/state.ts', 'rpc/execution-apis', 'github.com/ethereum/execution-apis tests/'],
  rpc: ['packages/chain/conformance/rpc.ts', 'rpc/execution-apis', 'github.com/ethereum/execution-apis tests/'],
  x402: ['packages/inference/conformance/x402.ts', 'x402', 'github.com/coinbase/x402 specs/'],
}

const args = process.argv.slice(2)
const json = args.includes('--json')
const asked = args.filter((arg) => !arg.startsWith('-'))
const wanted = asked.includes('onnx') ? [...asked, 'onnx-zk'] : asked
const unknown = asked.filter((name) => !Object.hasOwn(SETS, name))
if (unknown.length > 0) fail(2, `no conformance set ${unknown.join(', ')}; there are ${Object.keys(SETS).join(', ')}`)

const testdata = resolve(process.env.TESTDATA ?? join(root, '..', 'shared', 'testdata'))
const results = {}
for (const [name, [runner, folder, origin]] of Object.entries(SETS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (!existsSync(join(testdata, folder)))
    fail(
      1,
      `the set "${name}" is missing: expected ${join(testdata, folder)} (origin: ${origin}); set TESTDATA to the folder that holds it`,
    )
  const started = Date.now()
  const { run } = await load(join(root, runner))
  const { passed, total, failed, known = [] } = await run(testdata)
  results[name] = { passed, total, failed, known }
  if (!json) {
    const differences = known.length > 0 ? `, ${known.length} known differences` : ''
    console.log(`${name.padEnd(12)} ${passed}/${total} passed${differences} in ${((Date.now() - started) / 1000).toFixed(1)} s`)
    if (asked.length > 0) for (const line of known) console.log(`  known: ${line}`)
    for (const line of failed.slice(0, 20)) console.log(`  failed: ${line}`)
  }
}
if (json) {
  // All that did not pass, by name; `known` says why of those that never will.
  const shown = Object.fromEntries(
    Object.entries(results).map(([name, { passed, total, failed, known }]) => [
      name,
      { passed, total, failed: [...failed, ...known].map((line) => line.split(': ')[0]), known },
    ]),
  )
  const alone = asked.join() === 'onnx' ? { ...shown.onnx, zk: shown['onnx-zk'] } : shown[asked[0]]
  console.log(JSON.stringify(asked.length === 1 ? alone : shown))
}
process.exit(Object.values(results).every((r) => r.failed.length === 0 && r.total > 0) ? 0 : 1)

function fail(code, message) {
  console.error(`conformance: ${message}`)
  process.exit(code)
}
