import './strict.ts'
import { answerPage } from './judging/worker.ts'

// This one script is the page, and what its worker runs.
if (typeof document === 'undefined') answerPage()
else void import('./page.ts')
