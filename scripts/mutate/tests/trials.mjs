/** Milliseconds of the processor: a machine that is busy tries the same tests. What takes longer is not tried first for having noticed the mutant before; what takes too long is for Vitest, or for no one. */
const QUICK = 500
const LONG = 5_000

/**
 * Tests that are tried again and again, each under mutants that it comes by. `choose` makes a mutant alive by its number where that is not asked
 * of `globalThis.__mutant`; `numbers` are those that were come by since.
 */
export class Trials {
  #trials = []
  #choose
  #numbers
  /** What noticed a mutant last. */
  #last

  constructor({ choose = () => {}, numbers = () => new Set() } = {}) {
    this.#choose = choose
    this.#numbers = numbers
  }

  /**
   * Keeps those of `tests` that pass, a second time, too: what fails without a mutant says nothing of one. The others are left to Vitest: `left`
   * names them, `broken` those of them that fail; `pass` is how many milliseconds all that are kept take together. `reached(place)` gives the mutants that a test comes by, where
   * `numbers` does not. A test that puts what it asked into `globalThis.__asked` has that asked again, each question by itself, in its place
   * (`globalThis.__askAgain`), and then all in a row, where one answer may spoil the next: what it compares the answers with has not to be reckoned anew, not even by another process with the same `asked`,
   * questions by the place of their test.
   */
  async prepare(tests, reached = async () => this.#numbers(), asked = {}) {
    const left = []
    const broken = []
    let pass = 0
    for (const [place, trial] of tests.entries()) {
      const ids = asked[place] ? undefined : await this.#first(trial, place, reached, asked, { left, broken })
      if (ids === undefined && !asked[place]) continue
      const runs = asked[place] ? repeated(asked[place]) : [trial.run]
      for (const run of runs) {
        const start = performance.now()
        const { failed, took } = await this.#timed({ run })
        pass += performance.now() - start
        if (failed === undefined) this.#trials.push({ name: trial.name, run, took, reached: ids ?? this.#numbers() })
        else broken.push(`${trial.name}: ${failed.message ?? failed}`)
      }
    }
    this.#trials.sort((a, b) => a.took - b.took)
    return { left: [...broken, ...left], broken, pass }
  }

  /** Runs a test for the first time: the mutants that it comes by, or nothing where it fails, takes too long, or asked what is asked in its place. */
  async #first(trial, place, reached, asked, { left, broken }) {
    globalThis.__asked = []
    const { failed, took } = await this.#timed(trial)
    const questions = globalThis.__asked
    globalThis.__asked = undefined
    if (failed !== undefined) broken.push(`${trial.name}: ${failed.message ?? failed}`)
    else if (took >= LONG) left.push(`${trial.name}: takes ${took.toFixed(0)} ms`)
    else if (questions.length > 0) asked[place] = questions
    else return reached(place)
  }

  /** What a test without a mutant throws, and how long it takes. */
  async #timed(trial) {
    this.#choose(0)
    const start = process.cpuUsage()
    const failed = await failureOf(trial)
    const { user, system } = process.cpuUsage(start)
    return { failed, took: (user + system) / 1000 }
  }

  /**
   * The name of the first test that fails, of all or of the first `most`; without a mutant the one that failed last is the first. What notices a
   * mutant quickly is tried first next time.
   */
  async firstDifference(most = this.#trials.length) {
    const id = globalThis.__mutant ?? ''
    const number = Number(id.split('#')[1] ?? 0)
    const those =
      id === ''
        ? [...(this.#last ? [this.#last] : []), ...this.#trials]
        : this.#trials.filter(({ reached }) => reached.has(id) || reached.has(number))
    for (const trial of those.slice(0, most)) {
      this.#choose(number)
      if ((await failureOf(trial)) === undefined) continue
      this.#last = trial
      if (trial.took < QUICK) this.#trials = [trial, ...this.#trials.filter((other) => other !== trial)]
      return trial.name
    }
    return undefined
  }
}

/** Each question by itself, and all of them in a row. */
function repeated(questions) {
  const runs = questions.map((question) => () => globalThis.__askAgain(question))
  const inRow = async () => {
    for (const run of runs) await run()
  }
  return [...runs, inRow]
}

/** What a test throws. A module that gave up (`kernels.mjs`) may only have had more to do than others. */
export async function failureOf({ run }) {
  try {
    await run()
    return undefined
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError && error.message === 'unreachable') globalThis.__late = true
    return error ?? new Error(`threw ${error}`)
  }
}
