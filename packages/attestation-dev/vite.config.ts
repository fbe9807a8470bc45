import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { packing } from '../../scripts/pack.mjs'

/** Packs what `og` loads on a network of development machines. */
export default defineConfig(
  packing({ programs: { index: resolve(import.meta.dirname, 'src/index.ts') }, out: resolve(import.meta.dirname, 'dist/packed') }),
)
