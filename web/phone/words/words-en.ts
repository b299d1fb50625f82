export { phone } from '../../../locales/en.json'
