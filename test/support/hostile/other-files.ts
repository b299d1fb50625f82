import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { EICAR } from '../documents/scanner.ts'
import { ascii, long, longLittle, packedZeros, short, shortLittle } from './bytes.ts'
import { hostile, type HostileFile } from './file.ts'

/** What is no photograph, whatever it is called: archives, programs, pages and papers. */

const other = (name: string, make: HostileFile['make']): HostileFile =>
  hostile(name, 'not-a-picture', make)

const MEGABYTE = 1_024 * 1_024

/** An archive with one file, packed without its two bytes of head and its checksum. */
function zip(name: string, packed: Buffer, lengthBytes: number): Buffer {
  const raw = packed.subarray(2, -4)
  const about = Buffer.concat([
    ...[shortLittle(20), shortLittle(0), shortLittle(8), longLittle(0), longLittle(0)],
    ...[longLittle(raw.length), longLittle(lengthBytes)],
    ...[shortLittle(name.length), shortLittle(0)],
  ])
  const local = Buffer.concat([ascii('PK\u0003\u0004'), about, ascii(name), raw])
  const listed = Buffer.concat([
    ...[ascii('PK\u0001\u0002'), shortLittle(20), about, Buffer.alloc(14), ascii(name)],
  ])
  const end = Buffer.concat([
    ...[ascii('PK\u0005\u0006'), long(0), shortLittle(1), shortLittle(1)],
    ...[longLittle(listed.length), longLittle(local.length), shortLittle(0)],
  ])
  return Buffer.concat([local, listed, end])
}

const bomb = () => zip('bomb.jpg', packedZeros(1_000 * MEGABYTE), 1_000 * MEGABYTE)

const svg = (inside: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
  `width="99999" height="99999">${inside}</svg>`

const laughs = Array.from(
  { length: 9 },
  (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
).join('')

const picture = async (format: 'gif' | 'tiff' | 'avif') =>
  await sharp({ create: { width: 60, height: 40, channels: 3, background: '#fdfbf7' } })
    .toFormat(format)
    .toBuffer()

export const OTHER_FILES: readonly HostileFile[] = [
  other('nothing', () => Buffer.alloc(0)),
  other('one byte', () => Buffer.from([0xff])),
  other('25 megabytes of nothing', () => Buffer.alloc(25 * MEGABYTE)),
  other('zip of a gigabyte', bomb),
  other('zip in a zip in a zip', () => {
    let inside = bomb()
    for (let depth = 0; depth < 2; depth += 1) inside = zip('next.zip', inside, inside.length)
    return inside
  }),
  other('gzip of a gigabyte', () => gzipSync(Buffer.alloc(1_000 * MEGABYTE))),
  other('gzip of gzips', () => gzipSync(gzipSync(gzipSync(Buffer.alloc(200 * MEGABYTE))))),
  other('svg with a script', () =>
    ascii(svg('<script>fetch("http://canary.example.com")</script>')),
  ),
  other('svg that reads a file', () =>
    ascii(`<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg('<text>&x;</text>')}`),
  ),
  other('svg that asks another server', () =>
    ascii(svg('<image xlink:href="http://169.254.169.254/latest/meta-data"/>')),
  ),
  other('svg that is packed', () => gzipSync(svg('<rect width="99999" height="99999"/>'))),
  other('xml with a billion words', () =>
    ascii(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">${laughs}]><l>&l9;</l>`),
  ),
  other('page of HTML', () => ascii('<!doctype html><script>alert(1)</script>')),
  other('page of HTML with the name of a JPEG inside', () => ascii('\u00ff\u00d8<html>JFIF')),
  other('gif of 65,535 by 65,535', () =>
    Buffer.concat([ascii('GIF89a'), Buffer.alloc(4, 0xff), Buffer.alloc(30)]),
  ),
  other('gif', async () => await picture('gif')),
  other('tiff', async () => await picture('tiff')),
  other('tiff whose directory goes round in a circle', () =>
    Buffer.concat([ascii('II'), shortLittle(42), longLittle(8), shortLittle(0), longLittle(8)]),
  ),
  other('avif', async () => await picture('avif')),
  other('bmp of 2^31-1 by 2^31-1', () =>
    Buffer.concat([
      ...[ascii('BM'), longLittle(99), longLittle(0), longLittle(54), longLittle(40)],
      ...[longLittle(2 ** 31 - 1), longLittle(2 ** 31 - 1), Buffer.alloc(40)],
    ]),
  ),
  other('icon', () => Buffer.concat([Buffer.from([0, 0, 1, 0, 255, 255]), Buffer.alloc(99)])),
  other('photoshop of 300,000 by 300,000', () =>
    Buffer.concat([
      ascii('8BPS'),
      short(2),
      Buffer.alloc(6),
      short(4),
      long(300_000),
      long(300_000),
    ]),
  ),
  other('postscript that starts a program', () =>
    ascii('%!PS\n(%pipe%touch /tmp/canary) (w) file\nshowpage\n'),
  ),
  other('magick vector graphics', () =>
    ascii('push graphic-context\nfill \'url(https://canary.example.com/"|touch /tmp/canary")\'\n'),
  ),
  other('magick script', () =>
    ascii('<?xml version="1.0"?><image><read filename="text:/etc/passwd"/></image>'),
  ),
  other('x pixmap', () => ascii('/* XPM */\nstatic char *x[]={"99999 99999 1 1","a c #000"};')),
  other('portable pixmap of 99,999 by 99,999', () => ascii('P6\n99999 99999\n255\n')),
  other('radiance of 99,999 by 99,999', () => ascii('#?RADIANCE\n\n-Y 99999 +X 99999\n')),
  other('openexr', () => Buffer.concat([long(0x76_2f_31_01), Buffer.alloc(99, 2)])),
  other('jpeg 2000', () => Buffer.concat([long(12), ascii('jP  \r\n\u0087\n'), Buffer.alloc(99)])),
  other('jpeg xl', () => Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.alloc(99, 9)])),
  other('fits', () => ascii(`SIMPLE  =                    T${' '.repeat(2_851)}`)),
  other('program of Linux', () => Buffer.concat([ascii('\u007fELF'), Buffer.alloc(200, 1)])),
  other('program of Windows', () => Buffer.concat([ascii('MZ'), Buffer.alloc(200, 1)])),
  other('program of Java', () => Buffer.concat([long(0xca_fe_ba_be), Buffer.alloc(200)])),
  other('program of a shell', () => ascii('#!/bin/sh\ntouch /tmp/canary\n')),
  other('old paper of an office with a macro', () =>
    Buffer.concat([long(0xd0_cf_11_e0), long(0xa1_b1_1a_e1), Buffer.alloc(600, 'AutoOpen ')]),
  ),
  other('paper of an office', () => zip('word/document.xml', packedZeros(MEGABYTE), MEGABYTE)),
  other('rich text with an object', () => ascii('{\\rtf1{\\object\\objupdate\\objdata 0105}}')),
  other('mail in a mail', () =>
    ascii('From: a@example.com\r\nContent-Type: message/rfc822\r\n\r\n'),
  ),
  other('shortcut of Windows', () => Buffer.concat([longLittle(0x4c), Buffer.alloc(200, 1)])),
  other('test file of scanners', () => ascii(EICAR)),
]
