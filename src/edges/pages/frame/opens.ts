import type { Acr } from '#core/assurance.ts'
import type { LimitTable } from '#core/sessions/limits.ts'
import type { Rights } from '#core/sessions/rights.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What a way in opens to this client at this moment, by the table of rights. */
export function opensNow(context: PageContext, rights: Rights): string {
  const { text } = context.texts
  if (rights.portal !== 'full') return text('portal.opens.part')
  const { trading, withdrawalPerDayUsd: perDay } = rights
  if (perDay === 0) return text(trading ? 'portal.opens.no-money' : 'portal.opens.no-trading')
  return limited(context, trading ? 'portal.opens.all' : 'portal.opens.portal', perDay)
}

/** The same in two cells of a table: what it opens, and the money that may leave in a day. */
export function openingNow(
  { texts: { text }, formats }: PageContext,
  { portal, trading, withdrawalPerDayUsd: perDay }: Rights,
): { readonly opens: string; readonly perDay: string } {
  const opens = portal !== 'full' ? 'part' : trading ? 'all' : 'portal'
  return {
    opens: text(`portal.ladder.opens.${opens}`),
    perDay:
      perDay === 0
        ? text('portal.rights.withdrawals-closed')
        : perDay === null
          ? text('portal.rights.unlimited')
          : formats.money(perDay),
  }
}

function limited(
  { texts: { text }, formats }: PageContext,
  key: string,
  perDay: number | null,
): string {
  return perDay === null ? text(`${key}-unlimited`) : text(key, { amount: formats.money(perDay) })
}

/** What a device of this strength opens, with the limit on money. */
export function opens(context: PageContext, acr: Acr, { [acr]: [perDay] }: LimitTable): string {
  return limited(context, acr === '1' ? 'portal.opens.portal' : 'portal.opens.all', perDay)
}

/** The same before the client is logged in: where places differ, an amount would tell of theirs. */
export function opensAnywhere(context: PageContext, acr: Acr): string {
  const { everywhere, places } = context.site.withdrawals
  const isSame = [...places.values()].every(({ [acr]: [perDay] }) => perDay === everywhere[acr][0])
  return isSame ? opens(context, acr, everywhere) : context.texts.text('portal.opens.anywhere')
}
