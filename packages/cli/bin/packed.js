#!/usr/bin/env node
import { run } from './run.js'

// The same program from a few files (vite.config.ts): it starts three times as fast.
await run('../dist/packed/main.js')
