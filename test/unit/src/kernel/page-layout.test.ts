/** Goal: the layout of pages is the kernel's own word, and an unknown one is refused. Method: its file, and changes. */
import { expect, test } from 'vitest';
import { parsePageLayout } from '../../../../src/kernel/page-layout.ts';
import { readRecorded } from '../../../support/kernel/recorded.ts';

const { header } = readRecorded();

test('the file of a 64-bit kernel', () => {
  expect(parsePageLayout(header)).toEqual({ ok: true, value: { commitBytes: 8, dataOffset: 16 } });
});

test('that of a 32-bit kernel', () => {
  const text = header
    .replace('offset:8;\tsize:8;', 'offset:8;\tsize:4;')
    .replace('offset:16;', 'offset:12;');
  expect(parsePageLayout(text)).toEqual({ ok: true, value: { commitBytes: 4, dataOffset: 12 } });
});

test.each([
  ['', 'header_page lacks timestamp, commit or data'],
  [header.replace('timestamp', 'time'), 'header_page lacks timestamp, commit or data'],
  [header.replace('offset:16;', 'offset:24;'), 'header_page describes an unknown layout'],
  [header.replace('size:8;', 'size:4;'), 'header_page describes an unknown layout'],
  [header.padEnd(4097, ' '), 'header_page has more than 4096 characters'],
])('another text is refused', (text, error) => {
  expect(parsePageLayout(text)).toEqual({ ok: false, error });
});
