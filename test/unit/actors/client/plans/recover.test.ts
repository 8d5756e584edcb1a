/** `recover` of sessions with a kernel part, by the results of its plan (R1.24). */
import { expect, it } from 'vitest';
import type { KernelPart } from '../../../../../actors/client/plans/parts.ts';
import type { StepResult } from '../../../../../actors/client/plans/plan.ts';
import { aliveIn, recoveriesIn, recoverPlan } from '../../../../../actors/client/plans/recover.ts';
import type { SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { defaultsOf } from '../../../../support/kernel/sessions.ts';

type State = SessionInfo['state'];
const UID = 1001;

function session(user: State, kernel: State, more: Partial<SessionInfo> = {}): SessionInfo {
  const part: KernelPart = {
    ...defaultsOf({ uuid: 'kernel', uid: UID, state: kernel, streams: 2 }),
    domain: 'kernel',
  };
  return { ...defaultsOf({ uuid: 'user', uid: UID, state: user, ...more }), kernel: part };
}

const rested: StepResult = { kind: 'rested' };
const reply: StepResult = { kind: 'reply', value: {} };
const refused: StepResult = { kind: 'failure', code: 'NOT_WRITTEN', reason: 'It says why' };
const listed = (...sessions: SessionInfo[]): StepResult => ({ kind: 'reply', value: { sessions } });

/** What is asked after the list, as `op@part`; each request gets the next result. */
function asked(of: SessionInfo, named: string | undefined, results: readonly StepResult[]) {
  const plan = recoverPlan(UID, named);
  const all = [rested, listed(of), ...results];
  return Array.from({ length: results.length + 1 }, (_, count) => {
    const step = plan(all.slice(0, count + 2));
    if (step?.kind !== 'request' || !('session' in step.operation)) return 'end';
    return `${step.operation.op}@${step.operation.session}`;
  });
}
const failureOf = (of: SessionInfo, results: readonly StepResult[]) =>
  recoveriesIn([rested, listed(of), ...results], UID, undefined).map(({ failure }) => failure);

const ENDS = [
  'consumer.continue@kernel',
  'session.destroy@kernel',
  'consumer.continue@user',
  'session.destroy@user',
];

it('ends the kernel part first, then the session', () => {
  const lost = session('stopped', 'stopped');
  const all = [reply, reply, reply, reply];
  expect(asked(lost, undefined, all)).toEqual([...ENDS, 'end']);
  expect(failureOf(lost, all)).toEqual([undefined]);
});

it('starts no consumer for a part without a channel', () => {
  const lost = session('inactive', 'stopped', { channels: [] });
  expect(asked(lost, undefined, [reply, reply, reply])).toEqual([
    ...ENDS.slice(0, 2),
    'session.destroy@user',
    'end',
  ]);
});

it('keeps the session when its kernel part stays, and says why', () => {
  const lost = session('stopped', 'stopped');
  const results = [refused, refused];
  expect(asked(lost, undefined, results)).toEqual([...ENDS.slice(0, 2), 'end']);
  expect(failureOf(lost, results)).toEqual([refused]);
  // A consumer has finished it.
  const ending = session('stopped', 'destroying');
  expect(asked(ending, undefined, [reply, refused])).toEqual(ENDS.slice(0, 3));
});

it('leaves alone what the kernel still records into, unless that is named', () => {
  const active = session('inactive', 'active');
  expect(asked(active, undefined, [])).toEqual(['end']);
  expect(aliveIn([rested, listed(active)], UID, undefined)).toEqual([active]);
  expect(asked(active, 'web', [])).toEqual([ENDS[0]]);
  const { kernel } = session('stopped', 'stopped');
  const consumed = {
    ...session('stopped', 'stopped'),
    kernel: kernel && { ...kernel, consumerPid: 7 },
  };
  expect(asked(consumed, undefined, [])).toEqual(['end']);
});
