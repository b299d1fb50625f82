/**
 * Every door of the server. They are half of all there is to load, so the command loads them where
 * it opens them: one that looks up a subscriber does without.
 */
export { registerApi } from '#edges/api/routes.ts'
export { carrierRoutes } from '#edges/carriers/routes.ts'
export { deskRealm } from '#edges/desk/frame/realm.ts'
export { deskRoutes } from '#edges/desk/routes.ts'
export { openGateway } from '#edges/gateway/server.ts'
export { openMailDoor } from '#edges/mail/server.ts'
export { registerOidc } from '#edges/oidc/routes.ts'
export { readHelp } from '#edges/pages/help/search/ready.ts'
export { pageRoutes } from '#edges/pages/routes.ts'
export { phoneRoutes } from '#edges/phone/routes.ts'
export { buildManagementServer } from '#edges/server/management.ts'
export { buildServer } from '#edges/server/server.ts'
