/** What is not needed each day, in one file for the browser. */
export { Check } from './check.tsx'
export { Forgotten, Help } from './help.tsx'
export { Keys, Stopped } from './keys.tsx'
export { NewPin } from './new-pin.tsx'
export { Notifications } from './notifications.tsx'
