/** The name that a user may have meant. */
import { expect, it } from 'vitest';
import { nearestName } from '../../../../../bin/lttng/options/nearest-name.ts';

const NAMES = ['shop:order_placed', 'shop:order_paid', 'db:query', 'a*b'];

it.each([
  ['shop:order_plced', 'shop:order_placed'],
  ['Shop:order_paid', 'shop:order_paid'],
  ['shopp:*', 'shop:order_placed'],
  ['*:qury', 'db:query'],
  ['db.query', 'db:query'],
  ['a\\*c', 'a*b'],
  ['payment:*', undefined],
  ['x', undefined],
  ['', undefined],
  [`db:quer${'y'.repeat(300)}`, undefined],
])('of %s is %s', (pattern, nearest) => {
  expect(nearestName(pattern, NAMES)).toBe(nearest);
});
