/** Until when sessions may have held events back in their buffers. */
import { expect, test } from 'vitest';
import type { StepResult } from '../../../../actors/client/plans/plan.ts';
import { heldBackUntil } from '../../../../sim/ledger/held-back.ts';
import type { CommandAccount } from '../../../../sim/ledger/ledger.ts';
import type { Destination } from '../../../../src/wire/control/destination.ts';
import type { Operation, SessionInfo } from '../../../../src/wire/control/messages.ts';

const NOW = 100;
const FILES: Destination = { output: '/home/alice/trace' };
const RELAY: Destination = { control: 'tcp://store:5342', data: 'tcp://store:5343' };
const DISABLE: Operation = { op: 'consumer.disable', session: 'web' };
const ENABLE: Operation = { op: 'consumer.enable', session: 'web' };
const DESTROY: Operation = { op: 'session.destroy', session: 'web' };
const CREATE: Operation = { op: 'session.create', name: 'web', relay: RELAY };

type Step = readonly [Operation, StepResult | undefined];

/** A command of one step for each of these, answered at 10, 20 and so on. */
function commands(...steps: readonly Step[]): readonly CommandAccount[] {
  return steps.map(([operation, result], index) => {
    const [askedAt, answeredAt] = [10 * index, 10 * (index + 1)];
    return {
      ...{ who: 'alice/lttng', user: 'alice', uid: 1001, startedAt: askedAt, doneAt: answeredAt },
      ...{ scope: 'user', registry: undefined, expected: undefined, tolerated: [] },
      steps: [{ operation, askedAt, answeredAt: result === undefined ? undefined : answeredAt }],
      results: result === undefined ? [] : [result],
    };
  });
}

function done(to: Destination): StepResult {
  const session: SessionInfo = {
    ...{ name: 'web', uuid: '', uid: 1001, state: 'active', channels: [] },
    ...{ streams: 0, streamsMade: 0, writers: 0, destination: { to, state: 'enabled' } },
  };
  return { kind: 'reply', value: { session } };
}

function refused(code: 'NO_SESSION' | 'RELAY_UNREACHABLE'): StepResult {
  return { kind: 'failure', code, reason: 'no' };
}

test.each<[string, readonly Step[], calm: number, faulty: number]>([
  ['nothing happens', [], 0, 0],
  ['a consumer is disabled', [[DISABLE, done(FILES)]], NOW, NOW],
  ['that is not answered', [[DISABLE, undefined]], NOW, NOW],
  ['there is no such session', [[DISABLE, refused('NO_SESSION')]], 0, 0],
  [
    'it is enabled again',
    [
      [DISABLE, done(FILES)],
      [ENABLE, done(FILES)],
    ],
    20,
    20,
  ],
  [
    'that fails',
    [
      [DISABLE, done(FILES)],
      [ENABLE, refused('RELAY_UNREACHABLE')],
    ],
    NOW,
    NOW,
  ],
  [
    'it is enabled at a relay',
    [
      [DISABLE, done(FILES)],
      [ENABLE, done(RELAY)],
    ],
    20,
    NOW,
  ],
  ['the session was created for a relay', [[CREATE, done(RELAY)]], 0, NOW],
  [
    'the session is gone',
    [
      [CREATE, done(RELAY)],
      [DESTROY, done(RELAY)],
    ],
    0,
    20,
  ],
])('%s', (_, steps, calm, faulty) => {
  const ledger = { commands: commands(...steps) };
  expect(heldBackUntil(ledger, NOW, { isNetworkFaulty: false })).toBe(calm);
  expect(heldBackUntil(ledger, NOW, { isNetworkFaulty: true })).toBe(faulty);
});
