/**
 * Signatures and their spelling, in a file of their own: nothing is signed before there is a key,
 * and a phone that is opened for the first time has none.
 */
export { base64url, CompactSign, compactVerify, errors } from 'jose'
