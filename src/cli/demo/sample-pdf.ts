/** A page of A4 with a title and lines of text below it, for statements of the demo. */
export interface SamplePdf {
  readonly title: string
  readonly lines: readonly string[]
}

/**
 * The smallest PDF that shows text: a catalogue, one page, one font that every reader has, and the
 * table of where they stand.
 *
 * @see ISO 32000-1, "File structure", section 7.5
 */
export function samplePdf({ title, lines }: SamplePdf): Uint8Array {
  const text = [
    'BT /F1 20 Tf 72 760 Td',
    `(${escaped(title)}) Tj`,
    '/F1 11 Tf 0 -36 Td',
    ...lines.map((line) => `(${escaped(line)}) Tj 0 -18 Td`),
    'ET',
  ].join('\n')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R ' +
      '/Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    `<< /Title (${escaped(title)}) >>`,
  ]
  let file = '%PDF-1.4\n'
  const starts = objects.map((object, index) => {
    const start = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return start
  })
  const table = file.length
  const rows = starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`)
  const size = objects.length + 1
  file += `xref\n0 ${size}\n0000000000 65535 f \n${rows.join('')}`
  file += `trailer\n<< /Size ${size} /Root 1 0 R /Info 6 0 R >>\nstartxref\n${table}\n%%EOF\n`
  // Every character is one byte: what Latin 1 has not became a question mark.
  return Buffer.from(file, 'latin1')
}

/** In the characters of the font; what would end a text is marked. */
const escaped = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll('’', "'")
    .replaceAll(/[^\u0020-\u007e\u00a0-\u00ff]/gu, '?')
    .replaceAll(/[\\()]/g, (mark) => `\\${mark}`)
