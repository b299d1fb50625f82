/**
 * Text of others within a message of ours: what a program would make a link of is one no more. A
 * client who knows that we send none trusts no message that has one (S91).
 *
 * A dot before two letters or more begins the end of a host name, also in `0700.HK`.
 */
export const withoutLinks = (text: string): string =>
  text
    .replaceAll('://', ': / /')
    .replaceAll(/(?<=[\p{L}\p{N}])\.(?=\p{L}{2})/gu, '. ')
    .replaceAll(/(?<=\S)@(?=\S)/g, ' @ ')
