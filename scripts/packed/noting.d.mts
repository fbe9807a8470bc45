import type { Plugin } from 'vite'

export function noting(root: string): Plugin
export function isFresh(root: string, folder: string, program: string): boolean
