import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { describeApi } from '#edges/api/routes.ts'

const FILE = new URL('../../../docs/openapi.json', import.meta.url)

const BACK_OFFICE = '/api/back-office/'

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly operationId: string
  readonly security?: unknown
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, { readonly content?: object }>>
}

test('docs/openapi.json says what the routes say; if not, run npm run openapi', async () => {
  assert.deepEqual(JSON.parse(readFileSync(FILE, 'utf8')), await describeApi())
})

test('operations keep their names, and all but the first want the secret', async () => {
  const { openapi, paths } = (await describeApi()) as Document
  assert.equal(openapi, '3.1.0')
  const inside = Object.entries(paths).filter(([path]) => !path.startsWith(BACK_OFFICE))
  const operations = inside.flatMap(([, methods]) => Object.values(methods))
  assert.deepEqual(operations.map(({ operationId }) => operationId).toSorted(), [
    'answerLogin',
    'claimSession',
    'endSession',
    'getLogin',
    'getSession',
    'makeGatewayTicket',
    'openChallenge',
    'reportEvent',
    'startLogin',
    'watchLogin',
    'watchSession',
  ])
  for (const { operationId, security } of operations) {
    assert.equal(security === undefined, operationId === 'startLogin', operationId)
  }
})

test('operations of the back office keep their names, and all of them want its scope', async () => {
  const { paths } = (await describeApi()) as Document
  const outside = Object.entries(paths).filter(([path]) => path.startsWith(BACK_OFFICE))
  const operations = outside.flatMap(([, methods]) => Object.values(methods))
  assert.deepEqual(operations.map(({ operationId }) => operationId).toSorted(), [
    'addStatement',
    'approveAccount',
    'changeSubscriber',
    'closeAccount',
    'createAccount',
    'createSubscriber',
    'decideSubmission',
    'getAccount',
    'getOrder',
    'getStock',
    'getSubmission',
    'getSubmissionPage',
    'getSubscriber',
    'getToken',
    'letterPosted',
    'liftHold',
    'listLedger',
    'listLetters',
    'listOrders',
    'listPlacings',
    'listSharing',
    'listStatements',
    'listSubmissions',
    'openAccount',
    'orderDelivered',
    'orderLost',
    'orderPacked',
    'orderRelabelled',
    'orderSent',
    'printEnclosure',
    'printLetter',
    'relocateAccount',
    'removeStatement',
    'setEmail',
    'setIdentity',
    'setMobile',
    'setPostal',
    'setPrimaryUser',
    'startHold',
    'tokenDestroyed',
    'tokenReturned',
    'tokenWrittenOff',
    'unsetPrimaryUser',
    'valueAccount',
  ])
  for (const { operationId, security } of operations) {
    const scope = operationId === 'listLedger' ? 'ledger' : 'back-office'
    assert.deepEqual(security, [{ backOffice: [scope] }], operationId)
  }
})

/** Every pattern in a document, wherever it stands. */
function patternsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const { pattern } = value as { readonly pattern?: unknown }
  const below = Object.values(value).flatMap(patternsIn)
  return typeof pattern === 'string' ? [pattern, ...below] : below
}

const COMPILE = 'import json, re, sys\nfor one in json.load(sys.stdin): re.compile(one)'

test('patterns are such that Python reads them as well as JavaScript without flags', async (t) => {
  const patterns = [...new Set(patternsIn(await describeApi()))]
  assert.ok(patterns.length > 5)
  for (const pattern of patterns) {
    // Properties of Unicode and named groups of ECMAScript, which `re` does not know.
    assert.doesNotMatch(pattern, /\\[pPk]|\(\?<[^=!]|\\u\{/)
    assert.ok(new RegExp(pattern))
  }
  const python = spawnSync('python3', ['-c', COMPILE], { input: JSON.stringify(patterns) })
  if (python.error) t.diagnostic('python3 is not installed here: its own word is not asked for')
  else assert.equal(python.status, 0, python.stderr.toString())
})

test('every operation says how it answers no', async () => {
  const { paths } = (await describeApi()) as Document
  for (const { operationId, responses } of Object.values(paths).flatMap((methods) =>
    Object.values(methods),
  )) {
    const problem = Object.keys(responses['4XX']?.content ?? {})
    assert.deepEqual(problem, ['application/problem+json'], operationId)
  }
})
