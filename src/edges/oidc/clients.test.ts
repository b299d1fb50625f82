import assert from 'node:assert/strict'
import test from 'node:test'
import { clientMetadata, isSecret, secretHash } from '#edges/oidc/clients.ts'

const CLIENT = {
  id: 'trade',
  name: { en: 'Trade', fr: 'Trade' },
  secret: 'a-secret-of-32-characters-or-more',
  applicationType: 'web' as const,
  redirectUris: ['https://rp.example.com/callback'],
  postLogoutRedirectUris: [],
  ...({ idTokenSignedResponseAlg: 'RS256', pkce: 'required' } as const),
}

test('the provider is given the hash of a secret, and never the secret', () => {
  const given = JSON.stringify(clientMetadata(CLIENT))
  assert.ok(!given.includes(CLIENT.secret))
  assert.ok(given.includes(secretHash(CLIENT.secret)))
})

test('only the secret itself is right: not its hash, and not nearly', () => {
  const hash = secretHash(CLIENT.secret)
  assert.ok(isSecret(CLIENT.secret, hash))
  for (const wrong of [
    hash,
    '',
    `${CLIENT.secret} `,
    CLIENT.secret.slice(1),
    null,
    undefined,
    1,
    {},
  ]) {
    assert.ok(!isSecret(wrong, hash))
  }
  for (const noHash of [undefined, '', 'x', hash.slice(1)])
    assert.ok(!isSecret(CLIENT.secret, noHash))
})

test('S97: a client without a secret has PKCE, and nothing but a code', () => {
  const metadata = clientMetadata({ ...CLIENT, secret: null })
  assert.equal(metadata.token_endpoint_auth_method, 'none')
  assert.equal(metadata.client_secret, undefined)
  assert.deepEqual(metadata.response_types, ['code'])
})
