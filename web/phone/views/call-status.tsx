import { useEffect, useRef } from 'preact/hooks'
import type { PhoneCall } from '#methods/phone-key/wire.ts'
import { usePhone } from '../context.ts'
import { Iconed } from '../layout/icons.tsx'
import { useNow } from './left.tsx'
import { announce, Call, Notice } from '../layout/page.tsx'
import { shortTime } from '../words/times.ts'
import { language, t } from '../words/words.ts'

/**
 * Whether one of us is on the telephone with the client. It is shown only while the server is
 * heard: what it said before may be over, and a caller in our name would gain by it (A13).
 */
export function CallStatus() {
  const { binding, bindings, inbox, installation } = usePhone()
  const { help } = installation
  const now_ms = useNow() + inbox.offset_ms
  const isKnown = inbox.list !== null && inbox.trouble === null
  const call = isKnown ? inbox.list.call : undefined
  const ongoing = call && now_ms < call.until ? call : null
  const userName = bindings.length > 1 ? binding?.userName : undefined
  const said = ongoing && saidOf(ongoing, userName)
  useAnnounced(said, call === undefined)
  // The first answer is on its way.
  if (!binding || binding.revoked || (inbox.list === null && inbox.trouble === null)) return null
  if (call === undefined) {
    return (
      <Iconed name="info">
        <Call sentence={`${t('call.unknown', { help })} `} help={help} />
        <a href="#agent">{t('call.check')}</a>
      </Iconed>
    )
  }
  if (said === null) {
    return (
      <Iconed name="info">
        {userName === undefined ? t('call.none') : t('call.noneAs', { userName })}
      </Iconed>
    )
  }
  return (
    <Notice kind="ok">
      <p>{said}</p>
    </Notice>
  )
}

/** Under several user names it says which of them is meant. */
export function saidOf({ agent, since }: PhoneCall, userName: string | undefined): string {
  const time = shortTime(since, language())
  return userName === undefined
    ? t('call.on', { agent, time })
    : t('call.onAs', { agent, time, userName })
}

/** A call that begins or ends is read out; what was known when the page was opened is not. */
function useAnnounced(said: string | null, isUnknown: boolean): void {
  const before = useRef<string | null>(null)
  useEffect(() => {
    if (isUnknown) return
    if (said !== null) announce(said)
    else if (before.current !== null) announce(t('call.none'))
    before.current = said
  }, [said, isUnknown])
}
