import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildCometbft, COMETBFT_VERSION, cometbftPath } from '../../../scripts/cometbft.mjs'

/** Read by the CometBFT of this kit: seconds by which its clock is ahead. */
const VARIABLE = 'OG_CLOCK_AHEAD'

const NOW = 'func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n'

const AHEAD = `package time

import "syscall"

var clockAhead = func() (seconds int64) {
	text, _ := syscall.Getenv("${VARIABLE}")
	sign := int64(1)
	for _, digit := range text {
		if digit == '-' {
			sign = -1
		} else {
			seconds = 10*seconds + int64(digit-'0')
		}
	}
	return sign * seconds
}()
`

/**
 * The pinned CometBFT with a clock that can be moved, built once beside the pinned one (a minute or two: all of it is built anew). Only
 * Go's `time.Now` differs. Preloaded libraries that move the clock do nothing here: Go asks the kernel without them.
 */
export function buildMovableCometbft(): string {
  const binary = `${cometbftPath()}-movable`
  if (existsSync(binary)) return binary
  // Beside its place, and moved there when it is whole.
  const folder = mkdtempSync(join(dirname(buildCometbft()), 'build-'))
  try {
    const source = join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src', 'time')
    const text = readFileSync(join(source, 'time.go'), 'utf8')
    if (!text.includes(NOW))
      throw new Error('The clock of this version of Go is not where this kit moves it: adapt clock.testkit.ts to time.Now.')
    const replaced = { [join(source, 'time.go')]: join(folder, 'time.go'), [join(source, 'ahead.go')]: join(folder, 'ahead.go') }
    writeFileSync(join(folder, 'time.go'), text.replace(NOW, `${NOW}\tsec += clockAhead\n`))
    writeFileSync(join(folder, 'ahead.go'), AHEAD)
    writeFileSync(join(folder, 'overlay.json'), JSON.stringify({ Replace: replaced }))
    const target = `github.com/cometbft/cometbft/cmd/cometbft@${COMETBFT_VERSION}`
    const env = { ...process.env, CGO_ENABLED: '0', GOBIN: folder, GOFLAGS: '' }
    const args = ['install', '-trimpath', '-overlay', join(folder, 'overlay.json'), target]
    const { status } = spawnSync('go', args, { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] })
    if (status !== 0) throw new Error('Go could not build CometBFT with a clock that can be moved; its message is above.')
    renameSync(join(folder, 'cometbft'), binary)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return binary
}

/** The command under which that CometBFT runs with a clock so many seconds ahead. */
export const clockAhead = (seconds: number): string[] => ['env', `${VARIABLE}=${seconds}`]
