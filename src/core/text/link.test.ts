import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutLinks } from './link.ts'

test('S91 R131 SFC 21 May and 6 June 2025, MAS and ABS 19 January 2022: nothing that others have written is a link in a message of ours', () => {
  const rows = [
    ['https://thief.example.com/login', 'https: / /thief. example. com/login'],
    ['www.example.com', 'www. example. com'],
    ['0700.HK', '0700. HK'],
    ['mail anna@example.com', 'mail anna @ example. com'],
    ['Client A, Demo Bank 4471', 'Client A, Demo Bank 4471'],
    ['near 198.51.100.7, Firefox 140.0', 'near 198.51.100.7, Firefox 140.0'],
    ['12.50', '12.50'],
  ] as const
  for (const [written, shown] of rows) assert.equal(withoutLinks(written), shown)
})
