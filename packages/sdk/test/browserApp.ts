import { OpenGradient, opg } from '@opengradient/sdk'

/** What an application in a browser does with the SDK, for the bundling test. */
Object.assign(globalThis, { connect: OpenGradient.connect, price: opg('0.01') })
