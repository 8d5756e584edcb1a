/** Which operations users may not wait for, and how often they do not. */
import { expect, it } from 'vitest';
import { Draw } from '../../../../sim/input/draw.ts';
import { isUnawaited, sometimesUnawaited } from '../../../../sim/input/unawaited.ts';
import type { Operation } from '../../../../src/wire/control/messages.ts';

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

function drawn(operation: Operation): readonly Operation[] {
  return SEEDS.map((seed) => sometimesUnawaited(new Draw(seed).of('x'), operation));
}

it('is some of those that end or cut a recording', () => {
  for (const op of ['session.stop', 'session.destroy', 'session.rotate'] as const) {
    const unawaited = drawn({ op, session: 'web' }).filter(isUnawaited);
    expect(unawaited.length).toBeGreaterThan(10);
    expect(unawaited.length).toBeLessThan(60);
  }
});

it('is no other', () => {
  expect(drawn({ op: 'session.start', session: 'web' }).some(isUnawaited)).toBe(false);
  expect(isUnawaited(undefined)).toBe(false);
});
