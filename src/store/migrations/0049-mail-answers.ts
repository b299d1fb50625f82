/** How many mails were answered lately, by whatever sender. */
export const mailAnswers = (): readonly string[] => [
  'create index mail_answered on mail (answered_at_ms) where answered_at_ms is not null',
]
