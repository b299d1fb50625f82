/**
 * Signatures and their spelling, in a file of their own: nobody signs before there is a key, and a
 * phone that is opened for the first time has none.
 */
export { base64url, CompactSign, compactVerify, errors } from 'jose'
