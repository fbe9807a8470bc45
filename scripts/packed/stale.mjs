throw new Error('What this starts is not packed from the sources as they are. `npm run build` packs it; `npm test -- FILE…` does so first.')
