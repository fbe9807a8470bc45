/** What `npm run conformance` prints of a set: `failed` holds one line a failed case. */
export interface ConformanceResult {
  passed: number
  total: number
  failed: string[]
}

/** Runs every case; a case passes if it returns and fails with the message it throws. */
export function runCases(cases: Iterable<{ name: string; check: () => void }>): ConformanceResult {
  const result: ConformanceResult = { passed: 0, total: 0, failed: [] }
  for (const { name, check } of cases) {
    result.total++
    try {
      check()
      result.passed++
    } catch (error) {
      result.failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return result
}

export function expectEqual(what: string, actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`${what} is ${actual.slice(0, 200)}, expected ${expected.slice(0, 200)}`)
}
