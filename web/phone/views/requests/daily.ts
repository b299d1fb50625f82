/**
 * What a phone with a key opens with, in one file for the browser. A phone without one needs none
 * of it.
 */
export { Code } from './code.tsx'
export { Requests } from './requests.tsx'
