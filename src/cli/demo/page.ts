import type { FastifyInstance } from 'fastify'
import { DEMO_CLIENTS } from '#cli/demo/clients.ts'
import { DEMO_STAFF, staffPath } from '#cli/demo/staff.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { layout } from '#edges/pages/frame/layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import type { Texts } from '#edges/texts/texts.ts'
import { fact } from '#edges/pages/frame/parts.ts'

/** The table of the demo as a page: where to go, who to be, and what to try. */
export const demoIndex =
  (told: Told) =>
  async (app: FastifyInstance): Promise<void> => {
    app.get('/demo', async (_request, reply) => reply.html(demoPage(reply.page(), told)))
  }

/** Passcodes that clients were told on the telephone, by user name. */
export type Told = Readonly<Record<string, string>>

export const storyOf = (text: Texts['text'], userName: string, told: Told): string => {
  const passcode = told[userName]
  return text(`demo.story.${userName}`, passcode === undefined ? {} : { passcode })
}

function demoPage(context: PageContext, told: Told): Html {
  const { text } = context.texts
  const { name } = context.site.settings
  return layout(context, {
    title: text('demo.title'),
    surface: 'portal',
    styles: ['confirm', 'portal'],
    main: html`<div class="stack loose"><div class="column stack"><h1>${text('demo.title')}</h1>
<p class="lead">${text('demo.lead', { name })}</p></div>
<section class="section stack"><h2>${text('demo.places')}</h2>
<dl class="facts">${PLACES.map((one) => placeRow(context, one))}</dl></section>
<section class="section stack"><h2>${text('demo.clients')}</h2>
${castTable(context, told)}</section>
<section class="section stack"><h2>${text('demo.staff')}</h2>
<p class="quiet">${text('demo.staff-hint')}</p>
<dl class="facts">${DEMO_STAFF.map((one) => staffRow(context, one))}</dl></section></div>`,
  })
}

const staffRow = ({ texts: { text } }: PageContext, one: (typeof DEMO_STAFF)[number]): Html =>
  fact(
    html`<a href="${staffPath(one)}">${one.name}</a>`,
    `${text(`desk.role.${one.role}`)}. ${text(`desk.does.${one.role}`)}`,
  )

const PLACES = ['portal', 'phone', 'trade', 'sim']

const placeRow = ({ texts: { text } }: PageContext, place: string): Html =>
  fact(html`<a href="/${place}">${text(`demo.${place}`)}</a>`, text(`demo.${place}-hint`))

function castTable({ texts: { text } }: PageContext, told: Told): Html {
  const rows = DEMO_CLIENTS.map(({ userName, password }) => {
    const secret = html`<span class="mono whole">${password}</span>`
    const story = storyOf(text, userName, told)
    return html`<tr><th scope="row"><span class="whole">${userName}</span></th>
<td data-label="${text('demo.password')}">${secret}</td>
<td data-label="${text('demo.try')}">${story}</td></tr>`
  })
  const heads = ['user-name', 'password', 'try'].map(
    (name) => html`<th scope="col">${text(`demo.${name}`)}</th>`,
  )
  return html`<div class="table"><table><caption class="hidden">${text('demo.clients')}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}
