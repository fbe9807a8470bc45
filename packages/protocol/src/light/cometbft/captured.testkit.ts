import { readFileSync } from 'node:fs'
import { type LightBlock, lightBlockFromRpc } from '../../index.ts'

/** What CometBFT's RPC answered about one height; see testdata/README.md. */
export interface Captured {
  commit: { signed_header: { header: { validators_hash: string }; commit: { block_id: { hash: string } } } }
  validators: { validators: { address: string }[] }
  header: unknown
}

/** Answers of a real network, by height. */
export function captured(network: 'one-validator' | 'four-validators'): Map<number, Captured> {
  const text = readFileSync(new URL(`testdata/${network}.json`, import.meta.url), 'utf8')
  const answers: (Captured & { header: { header: { height: string } } })[] = JSON.parse(text)
  return new Map(answers.map((answer) => [Number(answer.header.header.height), answer]))
}

/** A light block of a real network. */
export function capturedBlock(network: 'one-validator' | 'four-validators', height: number): LightBlock {
  const { commit, validators } = captured(network).get(height)!
  return lightBlockFromRpc(commit, [validators])
}
