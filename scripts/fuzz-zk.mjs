// node scripts/fuzz-zk.mjs [seed]: the zk verifier and its decoders on mutations of vectors/zk for OG_FUZZ_SECONDS (default 60).
// A fault ends it, and is written to zk-fault.json in the system's folder for temporary files.
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
const { drawSeed } = await load(join(root, 'packages/zkml/test/reference/seed.ts'))
const { runs, corpus, verdicts, slowestMs, fault } = fuzz(
  seconds,
  process.argv[2] === undefined ? drawSeed() : drawSeed(BigInt(process.argv[2])),
)
for (const [verdict, count] of [...verdicts].sort(([, x], [, y]) => y - x)) console.log(`${String(count).padStart(8)} ${verdict}`)
console.log(`fuzz-zk: ${runs} inputs, ${verdicts.size} kinds of verdict, ${corpus} kept, slowest ${Math.round(slowestMs)} ms`)
if (fault) {
  const file = join(tmpdir(), 'zk-fault.json')
  writeFileSync(
    file,
    JSON.stringify(fault, (_, value) => (value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : value), 1),
  )
  console.error(`fuzz-zk: the verifier ${fault.says}: ${file}`)
}
process.exit(fault ? 1 : 0)
