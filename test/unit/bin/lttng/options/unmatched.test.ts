/** Rules that match nothing of what is registered, and why. */
import { expect, it } from 'vitest';
import { unmatchedBy, unmatchedText } from '../../../../../bin/lttng/options/unmatched.ts';
import type { EventRule } from '../../../../../src/wire/common.ts';
import type { AppInfo } from '../../../../../src/wire/control/messages.ts';

const APP: AppInfo = {
  pid: 7,
  tid: 7,
  uid: 1000,
  processName: 'shop',
  tracepoints: [
    { name: 'shop:order', logLevel: 6, fields: 'orderId: u32, customer: string' },
    { name: 'shop:cut', logLevel: 6, fields: 'orderId: u3…' },
  ],
};
const rule = (more: Partial<EventRule>): EventRule => ({
  pattern: 'shop:order',
  logLevelMax: 14,
  target: { kind: 'all' },
  enabled: true,
  ...more,
});
const NONE = 'No tracepoint of all applications matches';
const FILTER = 'The filter matches no event of shop:order:';

it.each([
  [{}, undefined],
  [{ pattern: 'shop:*', exclusions: ['shop:cut'], filter: 'orderId == 1' }, undefined],
  [{ pattern: 'shop:ordr' }, `${NONE} shop:ordr at present; did you mean shop:order?`],
  [{ pattern: 'payment:*' }, `${NONE} payment:* at present`],
  [
    { logLevelMax: 3 },
    `${NONE} shop:order at present: those of this name have other levels or are excluded`,
  ],
  [
    { pattern: 'shop:o*', exclusions: ['shop:or*'] },
    `${NONE} shop:o* at present: those of this name have other levels or are excluded`,
  ],
  [{ filter: 'orderID == 1' }, `${FILTER} there is no field orderID; did you mean orderId?`],
  [{ filter: 'x == 1' }, `${FILTER} there is no field x`],
  [{ filter: 'customer == 1' }, `${FILTER} == compares a text with a number`],
  [{ pattern: 'shop:cut', filter: 'x == 1' }, undefined],
  [{ enabled: false, pattern: 'x' }, undefined],
  [{ target: { kind: 'spawned' }, pattern: 'x' }, undefined],
  [{ pattern: 'channel:x' }, undefined],
  [{ target: { kind: 'pid', pid: 8 } }, 'No process 8 is registered at present'],
  [{ target: { kind: 'command', name: 'x' } }, 'No process named x is registered at present'],
  [
    { target: { kind: 'pid', pid: 7 }, pattern: 'x' },
    'No tracepoint of process 7 matches x at present',
  ],
] as const)('%j: %s', (more, text) => {
  const unmatched = unmatchedBy(rule(more as Partial<EventRule>), [APP]);
  expect(unmatched === undefined ? undefined : unmatchedText(unmatched)).toBe(text);
});

it('says when there is no application', () => {
  expect(unmatchedBy(rule({}), [])).toEqual({
    reason: 'No application is registered at present',
  });
});
