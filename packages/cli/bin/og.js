#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { liesFlat } from './flat.js'
import { clone, run } from './run.js'

// In a clone only the launcher knows that the packed program is not older than the sources: it runs `packed.js`.
const packed = new URL('../dist/packed/main.js', import.meta.url)
await run(clone === undefined && existsSync(packed) && liesFlat() ? packed.href : '../dist/main.js')
