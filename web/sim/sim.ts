import { followHandset } from './parts/handset.ts'
import { followMailbox } from './parts/mailbox.ts'
import { securityCard } from './parts/security-card.ts'

/** The simulators of the demo: what has come is drawn at once, and the card computes. */
const handset = document.getElementById('handset')
const card = document.getElementById('card')
const news = document.getElementById('news')
if (handset) followHandset(handset)
else if (news) followMailbox(news)
if (card) securityCard(card)

// A choice shows at once; the button is for browsers without scripts.
const choice = document.getElementById('number')
choice?.addEventListener('change', () => (choice as HTMLSelectElement).form?.requestSubmit())
