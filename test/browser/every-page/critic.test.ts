import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { desktop, noBrowser, openBrowser } from '../support.ts'
import { keyboardFaultsOn } from './keyboard.ts'
import { narrowFaultsOn } from './narrow.ts'

suite('What looks at every page', { skip: noBrowser }, () => {
  test('finds what a keyboard does not reach, or reaches unseen, and a navigation of two lines', async (s) => {
    const page = await desktop({ browser: await openBrowser(s) })
    const faults = async (main: string) => {
      await page.setContent(`<!doctype html><main>${main}</main>`)
      const found = [...(await keyboardFaultsOn(page)), ...(await narrowFaultsOn(page))]
      return found.map((fault) => fault.replace(/(,? on|:) <.*/, ''))
    }
    const links = '<a href="/a">one</a> <button>two</button> <input type="radio" name="a">'
    assert.deepEqual(await faults(links), [])
    assert.deepEqual(await faults(`${links}<a href="/b" tabindex="-1">b</a>`), [
      'is not reached by keyboard',
    ])
    assert.deepEqual(await faults(`${links}<button style="outline: none">c</button>`), [
      'shows no focus',
    ])
    const far = 'position: fixed; top: 5000px'
    assert.deepEqual(await faults(`<button style="${far}">d</button>`), [
      'shows the focus outside the window',
    ])
    const wide = '<p style="width: 340px">e</p>'
    assert.deepEqual(await faults(wide), ['is 348 wide at 320'])
    const tabs = '<li><a href="/f">Activity</a></li>'.repeat(7)
    const nav = `<nav class="tabs"><ul style="display: flex; flex-wrap: wrap">${tabs}</ul></nav>`
    const [broken, ...more] = await faults(nav)
    assert.match(broken ?? '', /^breaks Activity/)
    assert.deepEqual(more, [])
    const cell = (word: string) => `<p style="width: 4em; overflow-wrap: anywhere">${word}</p>`
    assert.deepEqual(await faults(cell('authentification')), ['tears authentification at 360'])
    assert.deepEqual(await faults(cell('EX-00418-7735 one-time')), [])
  })
})
