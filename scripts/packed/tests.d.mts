import type { Plugin } from 'vite'

export const startsPacked: Plugin
