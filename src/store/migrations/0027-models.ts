/** What a device is, as it said when it was set up; `null` where it did not. */
export const models = (): readonly string[] => ['alter table authenticator add column model text']
