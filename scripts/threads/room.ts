import { setFlagsFromString } from 'node:v8'

// This process began with the room for new objects that vitest.config.ts gives it. V8 would give threads as much, whatever limit the program
// that starts them sets: tests would be about other threads than users have.
for (const bound of ['min', 'max']) setFlagsFromString(`--${bound}-semi-space-size=0`)
