Object.assign(globalThis, { __mutant: process.env.MUTANT ?? '' })
