import { createSecretKey, randomBytes } from 'node:crypto'
import { instant } from '#core/time/time.ts'
import { openMailDoor } from '#edges/mail/server.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import { filesBeside } from '#store/database/files.ts'
import { migrate } from '#store/database/migrate.ts'
import { openDatabase } from '#store/database/open.ts'

/** The door for mails in a process of its own, over the database that it is told. Says its port. */
const [url = ''] = process.argv.slice(2)
const random = (length: number) => randomBytes(length)
const keys = { current: 1, root: new Map([[1, createSecretKey(Buffer.alloc(32, 1))]]) }
const db = await openDatabase({ url, keys, random })
await migrate(db)
const mailIntake = {
  isOpen: true,
  mailboxes: {
    european: { address: 'europe@example.com', language: 'en' },
    other: { address: 'documents@example.com', language: 'en' },
  },
  europe: [],
  accountNumber: 'U#######',
} as const
const door = await openMailDoor(
  {
    db,
    files: filesBeside({ url, random, keptFreeBytes: 0 }),
    sandbox: bubblewrapSandbox(),
    keys,
    now: () => instant(Date.UTC(2026, 10, 2, 9, 30)),
    random,
    settings: { mailIntake },
  },
  {
    listen: '127.0.0.1',
    mail: { port: 0, certificateFile: null, keyFile: null },
  },
)
console.log(door.port)
