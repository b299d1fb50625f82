/** Writes what is not there yet into README, from docs/mission.json: `npm run mission`. */
import { writeReadme } from './claims.ts'

writeReadme()
