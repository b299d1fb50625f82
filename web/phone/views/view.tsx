import { useEffect, useState } from 'preact/hooks'
import type { Route, Scanned } from '../address.ts'
import { go, usePhone } from '../context.ts'
import { openRequests } from '../inbox.ts'
import { later } from '../later.tsx'
import { t } from '../words.ts'
import { Code } from './code.tsx'
import { None } from './none.tsx'
import { Requests } from './requests.tsx'

const Request = later(async () => (await import('./request.tsx')).Request)
const Setup = later(async () => (await import('./setup.tsx')).Setup)
const Scan = later(async () => (await import('./scan.tsx')).Scan)
const Help = later(async () => (await import('./more.ts')).Help)
const Forgotten = later(async () => (await import('./more.ts')).Forgotten)
const Notifications = later(async () => (await import('./more.ts')).Notifications)
const Keys = later(async () => (await import('./more.ts')).Keys)
const Stopped = later(async () => (await import('./more.ts')).Stopped)

/** What a picture has brought and no view has used up yet. */
interface Brought {
  readonly token?: string
  readonly challenge?: string
  readonly answered?: { readonly transaction: string; readonly number: string }
}

/** Chooses the view for a place, and takes pictures to where they belong. */
export function View(props: { readonly route: Route; readonly scanned: Scanned | null }) {
  const { look } = usePhone()
  const [brought, setBrought] = useState<Brought>({})
  const [scanning, setScanning] = useState(false)

  const take = async (scanned: Scanned) => {
    setScanning(false)
    if (scanned.kind === 'activation') {
      setBrought({ token: scanned.token })
      return go('#setup')
    }
    // The request itself is the shorter way; without a connection the number in the picture is a challenge.
    const { transaction, number } = scanned
    const open = openRequests(await look(), Date.now())
    const listed = open.some((request) => request.transaction === transaction)
    setBrought(listed ? { answered: { transaction, number } } : { challenge: number })
    return go(listed ? `#request=${transaction}` : '#code')
  }
  useEffect(() => {
    if (props.scanned) void take(props.scanned)
  }, [props.scanned])
  useEffect(() => setScanning(false), [props.route])

  if (scanning) return <Scan onScanned={(scanned) => void take(scanned)} onCancel={() => setScanning(false)} />
  return (
    <Place
      route={props.route}
      brought={brought}
      onScan={() => setScanning(true)}
      onMakeCode={(challenge) => {
        setBrought({ challenge })
        go('#code')
      }}
    />
  )
}

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
  if (!binding) return route.at === 'help' ? <Help /> : <None />
  // Nothing seen under one key stays on the screen under another.
  const key = binding.authenticator
  switch (route.at) {
    case 'help':
      return <Help />
    case 'keys':
      return <Keys />
    case 'pin':
      return <Forgotten />
    case 'notifications':
      return <Notifications key={key} />
    default:
      if (binding.revoked) return <Stopped key={key} binding={binding} />
  }
  switch (route.at) {
    case 'code':
      return <Code key={key + (brought.challenge ?? '')} scanned={brought.challenge ?? null} onScan={onScan} />
    case 'requests':
      return <Requests key={key} />
    case 'request': {
      const { answered } = brought
      const scanned = answered?.transaction === route.transaction ? answered.number : null
      return (
        <Request
          key={key + route.transaction + (scanned ?? '')}
          {...{ transaction: route.transaction, scanned, onScan, onMakeCode }}
        />
      )
    }
  }
}
