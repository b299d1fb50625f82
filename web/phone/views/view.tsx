import { useEffect, useState } from 'preact/hooks'
import type { TaskPicture } from '#methods/phone-key/wire.ts'
import { addressOf, type Route, type Scanned } from '../camera/address.ts'
import { go, usePhone } from '../context.ts'
import { openRequests } from '../server/inbox.ts'
import { later } from '../layout/later.tsx'
import { t } from '../words/words.ts'
import { None } from './devices/none.tsx'

const Code = later(async () => (await import('./requests/daily.ts')).Code)
const Requests = later(async () => (await import('./requests/daily.ts')).Requests)
const Request = later(async () => (await import('./requests/request.tsx')).Request)
const Setup = later(async () => (await import('./devices/setup.tsx')).Setup)
const Scan = later(async () => (await import('./devices/scan.tsx')).Scan)
const Help = later(async () => (await import('./more.ts')).Help)
const Articles = later(async () => (await import('./help/articles.tsx')).Articles)
const Forgotten = later(async () => (await import('./more.ts')).Forgotten)
const NewPin = later(async () => (await import('./more.ts')).NewPin)
const Notifications = later(async () => (await import('./more.ts')).Notifications)
const Check = later(async () => (await import('./more.ts')).Check)
const Agent = later(async () => (await import('./more.ts')).Agent)
const Keys = later(async () => (await import('./more.ts')).Keys)
const Stopped = later(async () => (await import('./more.ts')).Stopped)

/** What a picture has brought, for the view at one address; it is gone when that view is left. */
interface Brought {
  readonly for: string
  readonly token?: string
  readonly challenge?: string
  /** A task that is confirmed without a connection; `strange` for a picture that is not ours. */
  readonly task?: TaskPicture | 'strange'
  /** The number of the request on the screen. */
  readonly number?: string
  /** The picture was of another login than the one on the screen. */
  readonly strange?: boolean
}

const NOTHING: Brought = { for: '' }

/** Chooses the view for a place, and takes pictures to where they belong. */
export function View(props: { readonly route: Route; readonly scanned: Scanned | null }) {
  const { route } = props
  const { look, bindings, binding, reload } = usePhone()
  const [brought, setBrought] = useState(NOTHING)
  const [scanning, setScanning] = useState(false)
  // A picture that was read begins its view anew; a camera that was closed does not.
  const [pictures, setPictures] = useState(0)

  const bring = (brings: Brought) => {
    setBrought(brings)
    go(brings.for)
  }
  const take = async (scanned: Scanned) => {
    setScanning(false)
    setPictures((before) => before + 1)
    if (scanned.kind === 'activation') return bring({ for: '#setup', token: scanned.token })
    // The request itself is the shorter way. Without a connection the picture is the challenge: of
    // a login its number, of a task all that it shows.
    const asked = scanned.kind === 'task' ? await taskIn(scanned.picture) : scanned
    if (asked === 'strange') return bring({ for: '#code', task: asked })
    const { transaction, number } = asked
    const found = await look()
    const isListed = openRequests(found, Date.now()).some((one) => one.transaction === transaction)
    // An old list is of no use to a task: the server would not hear the approval.
    const isOffline = 'context' in asked && found.trouble !== null
    if (isListed && !isOffline) return bring({ for: `#request=${transaction}`, number })
    if (route.at === 'request' && !isOffline) {
      return setBrought({ for: addressOf(route), strange: true })
    }
    return bring({
      for: '#code',
      ...('context' in asked ? { task: asked } : { challenge: number }),
    })
  }
  /** The task of a picture; the key that it is for comes to the screen. */
  const taskIn = async (picture: string): Promise<TaskPicture | 'strange'> => {
    const { readPicture } = await import('../camera/picture.ts')
    const read = await readPicture(picture, bindings)
    if (!read) return 'strange'
    const { authenticator } = read.binding
    if (authenticator !== binding?.authenticator) await reload(authenticator)
    return read.task
  }
  useEffect(() => {
    if (props.scanned) void take(props.scanned)
  }, [props.scanned])
  useEffect(() => {
    setScanning(false)
    const here = addressOf(route)
    return () => setBrought((before) => (before.for === here ? NOTHING : before))
  }, [route])

  return (
    <>
      {scanning && (
        <Scan onScanned={(scanned) => void take(scanned)} onCancel={() => setScanning(false)} />
      )}
      {/* It stays behind the camera: what was typed is there again when the camera is closed. */}
      <div class="behind" hidden={scanning}>
        <Place
          key={pictures}
          route={route}
          brought={brought}
          onScan={() => setScanning(true)}
          onMakeCode={(challenge) =>
            bring({ for: '#code', ...(challenge !== '' && { challenge }) })
          }
        />
      </div>
    </>
  )
}

/** Another picture is another page. */
const keyOfTask = ({ task }: Brought): string =>
  task === undefined || task === 'strange' ? '' : `${task.transaction} ${task.number}`

function Place(props: {
  readonly route: Route
  readonly brought: Brought
  readonly onScan: () => void
  readonly onMakeCode: (challenge: string) => void
}) {
  const { route, brought, onScan, onMakeCode } = props
  const { binding } = usePhone()
  if (route.at === 'setup') {
    return <Setup key={brought.token ?? ''} token={brought.token ?? null} onScan={onScan} />
  }
  if (route.at === 'scanned') return <p class="quiet">{t('requests.looking')}</p>
  if (route.at === 'articles') return <Articles guide="" part="" />
  if (route.at === 'article') return <Articles guide={route.guide} part={route.part} />
  if (!binding) return route.at === 'help' ? <Help /> : <None />
  // Nothing seen under one key stays on the screen under another.
  const key = binding.authenticator
  const stopped = binding.revoked ? <Stopped key={key} binding={binding} /> : null
  switch (route.at) {
    case 'help':
      return <Help />
    case 'keys':
      return <Keys />
    case 'pin':
      return <Forgotten />
    case 'new-pin':
      return stopped ?? <NewPin key={key} />
    case 'notifications':
      return <Notifications key={key} />
    case 'check':
      return stopped ?? <Check key={key} />
    case 'agent':
      return stopped ?? <Agent key={key} />
    case 'code':
      if (stopped) return stopped
      return (
        <Code
          key={key + (brought.challenge ?? '') + keyOfTask(brought)}
          scanned={brought.challenge ?? null}
          task={brought.task ?? null}
          onScan={onScan}
          onLeave={() => onMakeCode('')}
        />
      )
    case 'requests':
      if (stopped) return stopped
      return <Requests key={key} />
    case 'request': {
      const { number = null, strange = false } = brought
      return (
        <Request
          key={key + route.transaction + (number ?? '')}
          scanned={number}
          transaction={route.transaction}
          stopped={stopped}
          strange={strange}
          onScan={onScan}
          onMakeCode={onMakeCode}
        />
      )
    }
  }
}
