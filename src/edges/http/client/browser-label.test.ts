import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { browserLabel } from '#edges/http/client/browser-label.ts'

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)'
const KIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

suite('A browser is called', () => {
  const rows = [
    [`${WINDOWS} Gecko/20100101 Firefox/140.0`, 'Firefox, Windows'],
    [`${WINDOWS} ${KIT} Chrome/140.0 Safari/537.36`, 'Chrome, Windows'],
    [`${WINDOWS} ${KIT} Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge, Windows'],
    [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15`, 'Safari, Mac'],
    [`${IPHONE} Version/18.0 Mobile/15E148 Safari/604.1`, 'Safari, iPhone'],
    [`${IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1`, 'Chrome, iPhone'],
    [
      `Mozilla/5.0 (Linux; Android 16; Pixel 9) ${KIT} Chrome/140.0 Mobile Safari/537.36`,
      'Chrome, Android',
    ],
    [
      `Mozilla/5.0 (Linux; Android 16) ${KIT} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36`,
      'Samsung Internet, Android',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
    ['curl/8.0', '?'],
    [undefined, '?'],
  ] as const

  for (const [userAgent, label] of rows) {
    test(label + (userAgent === undefined ? ' when it says nothing' : ''), () =>
      assert.equal(browserLabel(userAgent), label),
    )
  }

  test('in our own words: no caller writes on the phone of a client', () => {
    assert.equal(browserLabel('Your desk: call +1 900 555 Firefox/1'), 'Firefox')
    assert.equal(browserLabel(`${'x'.repeat(600)} Firefox/1`), '?')
  })
})
