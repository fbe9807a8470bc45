import { workerData } from 'node:worker_threads'
import { serveKernels, type ThreadStart } from '../kernels/threads.ts'

/** The script of a worker: parts of passes, until the kernels are closed. */
serveKernels(workerData as ThreadStart)
