/** What is not needed each day, in one file for the browser. */
export { Agent } from './requests/agent.tsx'
export { Check } from './help/check.tsx'
export { Forgotten, Help } from './help/help.tsx'
export { Keys, Stopped } from './devices/keys.tsx'
export { NewPin } from './devices/new-pin.tsx'
export { Notifications } from './help/notifications.tsx'
