import smpp from 'smpp'
import type { Fields } from '#channels/sms-smpp/protocol/line.ts'
import { type NamedText, type Sender, templateOf } from '#core/contact/sender.ts'

/**
 * What carriers in India look up before they let a text through: who sends, and which registered
 * words it has. They stand in tags of the range that the specification leaves to message centres.
 *
 * @see SMPP 3.4, section 5.3.2: 0x1400 to 0x3FFF are "reserved for SMSC vendor specific optional
 *   parameters"
 */
smpp.addTLV('dlt_entity_id', { id: 0x1400, type: smpp.types.tlv.cstring })
smpp.addTLV('dlt_template_id', { id: 0x1401, type: smpp.types.tlv.cstring })

export function registrationOf(sender: Sender, named: Omit<NamedText, 'text'>): Fields {
  const template = templateOf(sender, named)
  return {
    ...(sender.registration && { dlt_entity_id: sender.registration.entity }),
    ...(template !== null && { dlt_template_id: template }),
  }
}
