import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { NAMES_MAX, readSubject } from '#core/documents/mail-subject.ts'

/** What is read of a subject: `<account numbers> <purposes> <other words>`. */
const read = (subject: string, format = 'U#######'): string => {
  const { numbers, purposes, names } = readSubject(subject, format)
  return [numbers, purposes, names].map((all) => all.join(',')).join(' | ')
}

const NUMBERED = 'U1234567 | address | '
const ID_OF_EMIL = ' | identity | emil'

suite('The subject of a mail', () => {
  test('R142 R143 names account and purpose, in any order, case and separators', () => {
    const subjects = [
      'U1234567 PoRes',
      'PoRes U1234567',
      'pores u1234567',
      'PORES/U1234567',
      'U1234567-PoRes',
      'U1234567_PoRes',
      'U1234567PoRes',
      'PoResU1234567',
      '[U1234567] (PoRes)',
      '  U1234567,PoRes;  ',
      'U 1234567 Po Res',
      'U-1234567 po-res',
      'u.1234567: Po.Res!',
      'PoRes, account no. U1234567',
      'Ｕ１２３４５６７ ＰｏＲｅｓ',
      'U1234567\u00a0PoRes',
      'U1234567 PoRes PoRes U1234567',
    ]
    for (const subject of subjects) assert.equal(read(subject), NUMBERED, subject)
  })

  test('R142 names a user name where it has no number', () => {
    const subjects = [
      'emil PID',
      'PID emil',
      'pid: emil',
      'P.I.D. emil',
      'emil_PID',
      'user name emil, PID',
      'Proof of identity of emil',
      'identifiant emil - pièce d’identité',
      'My passport for user emil',
    ]
    for (const subject of subjects) assert.equal(read(subject), ID_OF_EMIL, subject)
  })

  test('R143 has its purpose in English or French words as well', () => {
    const subjects = [
      'U1234567 proof of address',
      'U1234567 Proof of residential address',
      'Proof of residence for U1234567',
      'Address verification U1234567',
      'Justificatif de domicile U1234567',
      'U1234567 justificatif d’adresse',
      "preuve d'adresse, compte U1234567",
      'Preuve de résidence n° U1234567',
      'Preuve de re\u0301sidence U1234567',
    ]
    for (const subject of subjects) assert.equal(read(subject), NUMBERED, subject)
  })

  test('is read behind the prefixes of answers and forwarded mails', () => {
    const subjects = [
      'Re: U1234567 PoRes',
      'RE: Fwd: Re: U1234567 PoRes',
      'Fwd:U1234567 PoRes',
      'FW: U1234567 PoRes',
      'TR : U1234567 PoRes',
      'Réf : TR: U1234567 PoRes',
      'Re[2]: U1234567 PoRes',
      '[EXTERNAL] Re: U1234567 PoRes',
      'AW: WG: U1234567 PoRes',
    ]
    for (const subject of subjects) assert.equal(read(subject), NUMBERED, subject)
  })

  test('R142 has an account number only where all of it is one', () => {
    const others: readonly (readonly [string, string])[] = [
      ['U123456 PoRes', ' | address | U123456'],
      ['U12345678 PoRes', ' | address | U12345678'],
      ['1234567 PoRes', ' | address | 1234567'],
      ['lulu1234567 PoRes', ' | address | lulu1234567'],
      ['U1234567x PoRes', ' | address | U1234567x'],
      ['U1234567 U7654321 PoRes', 'U1234567,U7654321 | address | '],
    ]
    for (const [subject, expected] of others) assert.equal(read(subject), expected, subject)
    assert.equal(read('DE-12 345 PoRes', 'DE-##.###'), ' | address | DE-12,345')
    assert.equal(read('de-12.345 PoRes', 'DE-##.###'), 'DE-12.345 | address | ')
    assert.equal(read('F.1234 PID', 'F.####'), 'F.1234 | identity | ')
    assert.equal(read('Fx1234 PID', 'F.####'), ' | identity | Fx1234')
  })

  test('R143 has a purpose only where a word is one', () => {
    const none = ['emil', 'rapid emil', 'stupid PoResidence', 'pores2 emil', 'epid emil', '']
    for (const subject of none) assert.deepEqual(readSubject(subject, 'U#######').purposes, [])
    assert.deepEqual(readSubject('PID PoRes emil', 'U#######').purposes, ['address', 'identity'])
  })

  test('that is endless, or made of signs, is read in no time and as far as any is', () => {
    const many = Array.from({ length: 50 }, (_, index) => `n${index}`).join(' ')
    assert.equal(readSubject(many, 'U#######').names.length, NAMES_MAX)
    for (const one of ['Re: ', '[EXT]', 'p.i.', 'U', 'U1', '((', '\u0000\u202e', 'justificatif '])
      assert.doesNotThrow(() => readSubject(one.repeat(100_000), 'U#######'))
    assert.equal(read(`${'x'.repeat(400)} U1234567 PoRes`).includes('U1234567'), false)
    assert.equal(
      read('U1234567\r\nBcc: evil@example.com\u0000 PoRes'),
      'U1234567 | address | Bcc,evil@example.com',
    )
  })
})
