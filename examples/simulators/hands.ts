import { type Mail, type MailSink, mailSink } from './mail-sink.ts'
import { type MessageCentre, messageCentre, type Text } from './message-centre.ts'
import { type Call, type VoiceProvider, voiceProvider } from './voice-provider.ts'

/** Everything that reaches clients, and what they hold it with. */
export interface Hands {
  readonly centre: MessageCentre
  readonly voice: VoiceProvider
  readonly mail: MailSink
  /** Numbers that something was sent to, the one used last first. */
  numbers(): readonly string[]
  handset(number: string): Handset
  mailbox(): readonly Mail[]
  /** Calls back whenever a message has arrived; hints only. */
  watch(listener: () => void): () => void
  close(): Promise<void>
}

export interface Handset {
  readonly number: string
  /** The newest first. */
  readonly texts: readonly Text[]
  /** The one that rings, or is on. */
  readonly call: Call | null
}

/** What one handset shows; older texts are off the screen. */
const TEXTS_SHOWN = 20

/** Starts the carriers on free ports of this machine. */
export async function clientsHands(): Promise<Hands> {
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const [centre, voice, mail] = await Promise.all([
    messageCentre({ onText: changed }),
    voiceProvider({ onCall: changed }),
    mailSink({ onMail: changed }),
  ])
  return {
    centre,
    voice,
    mail,
    numbers() {
      const all = [...centre.texts, ...voice.calls].toSorted((one, other) => other.at - one.at)
      return [...new Set(all.map(({ to }) => to))]
    },
    handset: (number) => ({
      number,
      texts: centre.texts
        .filter(({ to }) => to === number)
        .toReversed()
        .slice(0, TEXTS_SHOWN),
      call: voice.calls.find(({ to, state }) => to === number && state !== 'ended') ?? null,
    }),
    mailbox: () => mail.mails.toReversed(),
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      listeners.clear()
      await Promise.all([centre.close(), voice.close(), mail.close()])
    },
  }
}

/** How a server reaches them: what its operator would write down of carriers. */
export const carriersOf = <Texts extends object>({ centre, voice, mail }: Hands, texts: Texts) => ({
  sms: {
    provider: 'smpp',
    ...texts,
    smpp: {
      host: '127.0.0.1',
      port: centre.port,
      tls: false,
      systemId: centre.systemId,
      password: centre.password,
    },
  },
  voice: {
    provider: 'http',
    from: HOUSE,
    http: {
      url: voice.url,
      secret: voice.secret,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${voice.key}` },
    },
  },
  email: { host: '127.0.0.1', port: mail.port, tls: 'none' },
})

/** The number that the installation calls from. @see NANP, 555-01XX */
const HOUSE = '+12025550100'
