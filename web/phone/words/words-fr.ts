export { phone } from '../../../locales/fr.json'
