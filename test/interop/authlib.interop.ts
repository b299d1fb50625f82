import { test } from 'node:test'
import { freePorts } from '../support/server/ports.ts'
import { missing, plainParty, start, workshop } from './program.ts'
import { CLIENT_ID, openHouse, SECRET, walk } from './walk.ts'

test('Authlib (Python)', async (t) => {
  const folder = workshop(t, 'authlib')
  const why =
    missing(folder, ['python3', '-m', 'venv', 'env']) ??
    missing(folder, ['env/bin/pip', 'install', '--quiet', '-r', 'requirements.txt'])
  if (why !== null) return t.skip(why)
  const [port = 0] = await freePorts(1)
  const address = `http://127.0.0.1:${port}`
  const house = await openHouse(t, {
    redirectUris: [`${address}/callback`],
    postLogoutRedirectUris: [`${address}/`],
  })
  const environment = {
    ISSUER: house.issuer,
    ADDRESS: address,
    CLIENT_ID,
    CLIENT_SECRET: SECRET,
  }
  await start(t, { folder, command: ['env/bin/python', 'app.py'], environment, address })
  await walk(t, house, plainParty(address))
})
