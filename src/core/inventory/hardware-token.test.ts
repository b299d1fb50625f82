import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DASHES, SPACES, spelt, UNSEEN } from '../../../test/support/pasted.ts'
import { serialKey } from './hardware-token.ts'

suite('A serial number', () => {
  test('is one number however it is typed, pasted or read by a scanner', () => {
    const rows = ['CS-1042', 'cs-1042', ' ＣＳ－１０４２\n', 'CS-\u0661\u0660\u0664\u0662']
    for (const typed of rows) assert.equal(serialKey(typed), 'CS-1042', spelt(typed))
    for (const dash of DASHES) assert.equal(serialKey(`CS${dash}1042`), 'CS-1042', spelt(dash))
    for (const mark of UNSEEN)
      assert.equal(serialKey(`${mark}CS-${mark}1042${mark}`), 'CS-1042', spelt(mark))
    for (const space of SPACES)
      assert.equal(serialKey(`${space}CS-1042${space}`), 'CS-1042', spelt(space))
  })

  test('has letters, digits and what stands between them, up to sixty-four', () => {
    for (const typed of ['A', '7', 'A.B_C/D-E', 'A'.repeat(64)])
      assert.equal(serialKey(typed), typed)
    for (const typed of ['', ' ', '-', 'A-', '-A', 'A+B', 'A B', 'É1', 'A\u0000B', 'A'.repeat(65)])
      assert.equal(serialKey(typed), null, spelt(typed))
  })
})
