/** The set-up cannot go on, and the person at the keyboard can do something about it. */
export class Refusal extends Error {
  constructor(sentence, { later = false, cause } = {}) {
    super(sentence, { cause })
    this.sentence = sentence
    /** 75 is EX_TEMPFAIL: the same command may work later. */
    this.exitCode = later ? 75 : 1
  }
}

export const DISK_FULL = 'The disk is full. Free about 1 GB and run the command again.'

const UNREACHABLE = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ERR_SOCKET_TIMEOUT',
  'EIDLETIMEOUT',
]

/** What goes wrong on real machines, by the code that Node or npm reports. First match counts. */
const KNOWN = [
  {
    codes: /\b(EROFS|EACCES|EPERM)\b/,
    sentence:
      'Countersign cannot write to its own folder. Move the clone to a folder of yours, ' +
      'or make this one writable, and run the command again.',
  },
  {
    codes: /\b(ENOSPC|EDQUOT)\b/,
    sentence: DISK_FULL,
    later: true,
  },
  {
    codes: /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/,
    sentence:
      'The package registry shows a certificate that Node does not trust. Behind a company ' +
      'proxy, set NODE_EXTRA_CA_CERTS to the file of its certificate and run the command again.',
  },
  {
    codes: new RegExp(`\\b(${UNREACHABLE.join('|')})\\b`),
    sentence:
      'The package registry cannot be reached. The first start needs a network: check the ' +
      'connection, the proxy (npm config get proxy) and the registry (npm config get registry), ' +
      'and run the command again.',
    later: true,
  },
  {
    codes: /\bE(401|403|404)\b/,
    sentence:
      'The package registry refuses a package of the lockfile. Check that npm uses a complete ' +
      'registry (npm config get registry), and run the command again.',
  },
]

/** The refusal for an error of the file system; any other error stays what it is. */
export function refusalFor(error) {
  return error instanceof Refusal ? error : (knownRefusal(error.code, error) ?? error)
}

/** The refusal that a code, or the output of npm, stands for. */
export function knownRefusal(text, cause) {
  const known = KNOWN.find(({ codes }) => codes.test(text))
  return known && new Refusal(known.sentence, { later: known.later, cause })
}
