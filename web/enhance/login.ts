import { addShow } from './parts/show.ts'

/** The login form: what went wrong is read first, and the password can be looked at. */

document.getElementById('errors')?.focus()

addShow()
