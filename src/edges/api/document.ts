import { jsonSchemaTransformObject } from 'fastify-type-provider-zod'

/** The parts of an OpenAPI document that are corrected here. */
interface Document {
  readonly paths?: { readonly [path: string]: { readonly [method: string]: Operation } | undefined }
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

interface Operation {
  readonly responses?: Readonly<Record<string, Response>>
}

interface Response {
  readonly description: string
  readonly content?: Readonly<Record<string, unknown>>
}

export const DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'Countersign',
    version: '1',
    description:
      'Logs a client in from a program, lets the back office make and change clients and ' +
      'accounts, and takes what platforms report. Errors are RFC 9457 problem details.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      backOffice: {
        type: 'oauth2',
        flows: {
          clientCredentials: {
            tokenUrl: '/oidc/token',
            scopes: { 'back-office': 'Clients and accounts' },
          },
        },
      },
      platform: {
        type: 'oauth2',
        flows: {
          clientCredentials: {
            tokenUrl: '/oidc/token',
            scopes: { events: 'What a platform has done for a client' },
          },
        },
      },
    },
  },
} as const

type Made = Parameters<typeof jsonSchemaTransformObject>[0]

/** Says of problems what they are, and leaves out the schemas that nothing refers to. */
export function openApiDocument(made: Made): ReturnType<typeof jsonSchemaTransformObject> {
  // What the libraries make is wider than this; the rest is passed on as it is.
  const document = jsonSchemaTransformObject(made) as Document
  const paths = mapped(document.paths ?? {}, (methods = {}) =>
    mapped(methods, (operation) => ({
      ...operation,
      responses: mapped(operation.responses ?? {}, problemOrAnswer),
    })),
  )
  const schemas = used(document.components?.schemas ?? {}, JSON.stringify(paths))
  const components = { ...document.components, schemas }
  return { ...document, paths, components } as ReturnType<typeof jsonSchemaTransformObject>
}

function problemOrAnswer(response: Response, status: string): Response {
  if (!/^[45]/.test(status)) return response
  const [schema] = Object.values(response.content ?? {})
  return { description: 'Problem details', content: { 'application/problem+json': schema } }
}

/** The schemas that `text` refers to, and those that they refer to. */
function used(
  schemas: Readonly<Record<string, unknown>>,
  text: string,
): Readonly<Record<string, unknown>> {
  const isNamed = (name: string, where: string) => where.includes(`#/components/schemas/${name}"`)
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => isNamed(name, text)))
  const more = Object.keys(schemas).some(
    (name) => !(name in kept) && isNamed(name, JSON.stringify(kept)),
  )
  return more ? used(schemas, text + JSON.stringify(kept)) : kept
}

function mapped<T, U>(
  from: { readonly [name: string]: T },
  change: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(
    Object.entries(from).map(([name, value]) => [name, change(value, name)]),
  )
}
