// node scripts/fuzz-zk.mjs [seed]: the zk verifier and its decoders on mutations of vectors/zk for OG_FUZZ_SECONDS (default 60), guided by
// V8's block coverage of the package: what reaches new code is mutated further. A fault ends it, and is written to zk-fault.json in the system's folder for temporary files.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from './load.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const seconds = Number(process.env.OG_FUZZ_SECONDS ?? 60)
if (!(seconds > 0)) {
  console.error(`fuzz-zk: OG_FUZZ_SECONDS=${process.env.OG_FUZZ_SECONDS} is no number of seconds`)
  process.exit(2)
}
const { fuzz } = await load(join(root, 'packages/zkml/test/attacks/fuzz.ts'))
const { Coverage } = await load(join(root, 'packages/zkml/test/attacks/coverage.ts'))
const { drawSeed } = await load(join(root, 'packages/zkml/test/reference/seed.ts'))
const coverage = new Coverage((url) => url.includes('/packages/zkml/src/'))
const random = process.argv[2] === undefined ? drawSeed() : drawSeed(BigInt(process.argv[2]))
const { runs, corpus, verdicts, slowestMs, blocks, fault } = fuzz(seconds, random, coverage)
coverage.stop()
for (const [verdict, count] of [...verdicts].sort(([, x], [, y]) => y - x)) console.log(`${String(count).padStart(8)} ${verdict}`)
console.log(`fuzz-zk: ${blocks.reached} of ${blocks.known} blocks reached, ${corpus} inputs kept`)
console.log(`fuzz-zk: ${runs} inputs, ${verdicts.size} kinds of verdict, slowest ${Math.round(slowestMs)} ms`)
if (fault) {
  const file = join(tmpdir(), 'zk-fault.json')
  writeFileSync(
    file,
    JSON.stringify(fault, (_, value) => (value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : value), 1),
  )
  console.error(`fuzz-zk: the verifier ${fault.says}: ${file}`)
}
process.exit(fault ? 1 : 0)
