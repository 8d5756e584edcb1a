/** Plans about the kernel, with a registry that answers as scripted (R1.24, R2.8). */
import { describe, expect, it } from 'vitest';
import {
  kernelChangePlan,
  kernelFormatsIn,
  kernelFormatsPlan,
  presentKernelPlan,
  userChangePlan,
} from '../../../../../actors/client/plans/kernel.ts';
import type { KernelPart } from '../../../../../actors/client/plans/parts.ts';
import type { Plan, StepResult } from '../../../../../actors/client/plans/plan.ts';
import type { Operation, SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { defaultsOf } from '../../../../support/kernel/sessions.ts';

type State = SessionInfo['state'];
const USER = '00000000-0000-4000-8000-000000000001';
const KERNEL = '00000000-0000-4000-8000-000000000002';
const RULE = {
  pattern: 'sched_switch',
  logLevelMax: 14,
  target: { kind: 'all' },
  enabled: true,
} as const;

const user = (state: State, kernel?: KernelPart): SessionInfo => ({
  ...defaultsOf({ uuid: USER, state }),
  ...(kernel === undefined ? {} : { kernel }),
});
function part(state: State, rules: readonly (typeof RULE)[] = [RULE]): KernelPart {
  const made = defaultsOf({ uuid: KERNEL, state });
  const channels = made.channels.map((channel) => ({ ...channel, rules: [...rules] }));
  return { ...made, channels, domain: 'kernel' };
}

const reply = (session: SessionInfo): StepResult => ({ kind: 'reply', value: { session } });
const refused: StepResult = { kind: 'failure', code: 'INVALID_RULE', reason: 'It says why' };

/** Plays the plan with these answers in order; returns `op@part` of what was asked. */
function play(plan: Plan, answers: readonly StepResult[]): readonly string[] {
  const asked: string[] = [];
  const results: StepResult[] = [];
  for (let step = plan(results); step !== undefined; step = plan(results)) {
    if (step.kind !== 'request') throw new Error('no request');
    const { operation } = step;
    const key = 'session' in operation ? operation.session : '';
    const names: Readonly<Record<string, string>> = { [USER]: 'user', [KERNEL]: 'kernel' };
    asked.push(`${operation.op}@${names[key] ?? key}`);
    const answer = answers[results.length];
    if (answer === undefined) return asked;
    results.push(answer);
  }
  return [...asked, 'end'];
}

const enable = (session: string): Operation[] => [
  {
    op: 'event.enable',
    session,
    patterns: ['sched_switch'],
    logLevelMax: 14,
    target: { kind: 'all' },
  },
];

describe('a change of the kernel part', () => {
  const plan = kernelChangePlan('web', enable);
  const opened = ['session.get@web', 'kernel.open@user', 'event.enable@kernel'];

  it('makes the part, and does not start what is not started', () => {
    const answers = [user('inactive'), part('inactive', []), part('inactive')].map(reply);
    expect(play(plan, answers)).toEqual([...opened, 'end']);
    const present = [user('stopped', part('stopped')), part('stopped')].map(reply);
    expect(play(plan, present)).toEqual(['session.get@web', 'event.enable@kernel', 'end']);
  });

  it('is recorded from now on in a session that records', () => {
    const answers = [user('active'), part('inactive', []), part('inactive'), part('active')];
    expect(play(plan, answers.map(reply))).toEqual([...opened, 'session.start@kernel', 'end']);
    const both = [user('active', part('active')), part('active')].map(reply);
    expect(play(plan, both)).toEqual(['session.get@web', 'event.enable@kernel', 'end']);
    // A channel alone records nothing.
    const empty = [user('active'), part('inactive', []), part('inactive', [])].map(reply);
    expect(play(plan, empty)).toEqual([...opened, 'end']);
  });

  it('leaves no part that it made when it is refused, and every other one', () => {
    const made = [reply(user('active')), reply(part('inactive', [])), refused];
    expect(play(plan, made)).toEqual([...opened, 'session.destroy@kernel']);
    const gone = reply(part('destroying', []));
    expect(play(plan, [...made, gone])).toEqual([...opened, 'session.destroy@kernel', 'end']);
    expect(play(plan, [...made, refused])).toEqual([...opened, 'session.destroy@kernel', 'end']);
    const present = [reply(user('active', part('active'))), refused];
    expect(play(plan, present)).toEqual(['session.get@web', 'event.enable@kernel', 'end']);
  });

  it('ends where there is no session, and no kernel tracer', () => {
    expect(play(plan, [refused])).toEqual(['session.get@web', 'end']);
    const none = [reply(user('active')), refused];
    expect(play(plan, none)).toEqual(['session.get@web', 'kernel.open@user', 'end']);
  });

  it('makes no part where it is to take something away', () => {
    const present = presentKernelPlan('web', enable);
    expect(play(present, [reply(user('active'))])).toEqual(['session.get@web', 'end']);
    expect(play(present, [user('active', part('active')), part('active')].map(reply))).toEqual([
      'session.get@web',
      'event.enable@kernel',
      'end',
    ]);
  });
});

describe('a change of what programs record', () => {
  const plan = userChangePlan(enable(USER));

  it('is recorded from now on in a session that has recorded the kernel alone', () => {
    const behind = [user('inactive', part('active')), user('active', part('active'))].map(reply);
    expect(play(plan, behind)).toEqual(['event.enable@user', 'session.start@user', 'end']);
    for (const session of [user('inactive'), user('inactive', part('inactive'))]) {
      expect(play(plan, [reply(session)])).toEqual(['event.enable@user', 'end']);
    }
    expect(play(plan, [refused])).toEqual(['event.enable@user', 'end']);
  });
});

describe('formats of events', () => {
  const events = Array.from({ length: 130 }, (_, index) => `sched:e${index}`);
  const formats = (names: readonly string[]): StepResult => ({
    kind: 'reply',
    value: { formats: names.map((event) => ({ event, text: `name: ${event}` })) },
  });

  it('are asked for 64 at a time, and again for those that had no room', () => {
    const plan = kernelFormatsPlan(events);
    const asked = (results: readonly StepResult[]) => {
      const step = plan(results);
      const isAsked = step?.kind === 'request' && step.operation.op === 'kernel.formats';
      return isAsked ? step.operation.events : [];
    };
    expect(asked([])).toEqual(events.slice(0, 64));
    const short = formats(events.slice(0, 10));
    expect(asked([short])).toEqual(events.slice(10, 74));
    const all = [short, formats(events.slice(10, 74)), formats(events.slice(74))];
    expect(plan(all)).toBeUndefined();
    expect(kernelFormatsIn(all)).toHaveLength(130);
  });

  it('end with an answer that has none, and without a question', () => {
    expect(kernelFormatsPlan(events)([formats([])])).toBeUndefined();
    expect(kernelFormatsPlan(events)([refused])).toBeUndefined();
    expect(kernelFormatsPlan([])([])).toBeUndefined();
  });
});
