/** FNV-1a of 32 bits, with the values that its authors publish. */
import { expect, it } from 'vitest';
import { fnv1a } from '../../../../src/base/fnv.ts';

it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('of "%s"', (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
});
