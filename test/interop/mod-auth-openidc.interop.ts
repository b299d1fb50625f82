import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePorts } from '../support/server/ports.ts'
import type { Page } from './browser.ts'
import { missing, start, workshop } from './program.ts'
import { CLIENT_ID, openHouse, type RelyingParty, SECRET, type Told, walk } from './walk.ts'

/** Where Debian keeps them; `apt-get install apache2 libapache2-mod-auth-openidc`. */
const MODULES = process.env['APACHE_MODULES'] ?? '/usr/lib/apache2/modules'

test('mod_auth_openidc (Apache)', async (t) => {
  const folder = workshop(t, 'mod-auth-openidc')
  if (!existsSync(join(MODULES, 'mod_auth_openidc.so'))) {
    return t.skip('libapache2-mod-auth-openidc is not installed')
  }
  const why = missing(folder, ['apache2', '-v'])
  if (why !== null) return t.skip(why)
  for (const name of ['.', 'members', 'members/me', 'members/offline', 'members/strong']) {
    mkdirSync(join(folder, 'pages', name), { recursive: true })
    writeFileSync(join(folder, 'pages', name, 'index.html'), name)
  }
  const [port = 0] = await freePorts(1)
  const address = `http://127.0.0.1:${port}`
  const house = await openHouse(t, {
    redirectUris: [`${address}/members/redirect`],
    postLogoutRedirectUris: [`${address}/`],
  })
  const environment = {
    ISSUER: house.issuer,
    ADDRESS: address,
    CLIENT_ID,
    CLIENT_SECRET: SECRET,
    PORT: String(port),
    FOLDER: folder,
    MODULES,
  }
  const command = ['apache2', '-f', join(folder, 'httpd.conf'), '-D', 'FOREGROUND']
  await start(t, { folder, command, environment, address })
  await walk(t, house, apacheParty(address))
})

function apacheParty(address: string): RelyingParty {
  const redirect = `${address}/members/redirect`
  const back = encodeURIComponent(`${address}/members/me/`)
  let accessToken = ''
  return {
    address,
    logIn: (acr) => `${address}/members/${acr === undefined ? 'offline/' : 'strong/'}`,
    me: `${address}/members/me/`,
    // The module wants the token that it gave out, so that no foreign page can ask.
    get refresh() {
      return `${redirect}?refresh=${back}&access_token=${accessToken}`
    },
    logOut: `${redirect}?logout=${encodeURIComponent(`${address}/`)}`,
    told(page) {
      const told = toldIn(page)
      if (told) ({ accessToken } = told)
      return told
    },
  }
}

function toldIn({ status, headers }: Page): Told | null {
  const of = (name: string) => headers.get(name) ?? ''
  if (status !== 200 || !['', '(null)'].every((none) => of('x-sub') !== none)) return null
  return { sub: of('x-sub'), acr: of('x-acr'), accessToken: of('x-access-token') }
}
