// node scripts/fuzz.mjs: every test that draws its cases at random, again and again with new seeds, for OG_FUZZ_SECONDS (default 60).
// A failure ends it; the failed test has printed its seed.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const DRAWS = /from 'fast-check'|drawSeed\(|Math\.random\(\) \* 2 \*\* 31|Date\.now\(\) % /

/** Test files below the repository that draw their cases anew each time. */
export function randomTests() {
  const { stdout } = spawnSync('git', ['ls-files', '*.test.ts'], { cwd: root, encoding: 'utf8' })
  return stdout.split('\n').filter((file) => file !== '' && DRAWS.test(readFileSync(join(root, file), 'utf8')))
}

/** Calls `run` until `seconds` are over, at least once, or until it says false. Returns how often it was right, and whether it ever was not. */
export function again(seconds, run, now = () => performance.now() / 1000) {
  const end = now() + seconds
  for (let rounds = 0; ; rounds++) {
    if (rounds > 0 && now() >= end) return { rounds, failed: false }
    if (!run()) return { rounds, failed: true }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seconds = Number(process.env.OG_FUZZ_SECONDS ?? 60)
  if (!(seconds > 0)) {
    console.error(`fuzz: OG_FUZZ_SECONDS=${process.env.OG_FUZZ_SECONDS} is no number of seconds`)
    process.exit(2)
  }
  const files = randomTests()
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { rounds, failed } = again(seconds, () => {
    return spawnSync(process.execPath, [vitest, 'run', ...files], { cwd: root, stdio: 'inherit' }).status === 0
  })
  console.log(`fuzz: ${files.length} files, ${rounds} rounds${failed ? ', and one that failed' : ''}`)
  process.exit(failed ? 1 : 0)
}
