/** Commands on sessions of two parts, with a registry that answers as scripted (R1.24). */
import { describe, expect, it } from 'vitest';
import {
  bothPartsCommand,
  clearCommand,
  consumedParts,
  continueConsumersCommand,
  destroyCommand,
  type KernelPart,
  measurePlan,
  type PartsCommand,
  partsFailureIn,
  partsPlan,
  pauseCommand,
  rotateCommand,
  startCommand,
  stopCommand,
  stopConsumersCommand,
  wholeSessionIn,
} from '../../../../../actors/client/plans/parts.ts';
import type { ClientErrorCode, StepResult } from '../../../../../actors/client/plans/plan.ts';
import type { Operation, SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { defaultsOf } from '../../../../support/kernel/sessions.ts';

type State = SessionInfo['state'];
const USER = '00000000-0000-4000-8000-000000000001';
const KERNEL = '00000000-0000-4000-8000-000000000002';

/** A session of programs, without a kernel part. */
const alone = (state: State): SessionInfo => defaultsOf({ uuid: USER, state });
/** The states of the parts, and whether they have channels and consumers. */
function twoParts(
  user: State,
  kernel: State,
  { channels = [true, true], consumers = [true, true] } = {},
): SessionInfo {
  const [ofUser, ofKernel] = [0, 1].map((part) => ({
    ...(consumers[part] === true ? { consumerPid: 7 } : {}),
    ...(channels[part] === true ? {} : { channels: [] }),
  }));
  return {
    ...defaultsOf({ uuid: USER, state: user, ...ofUser }),
    kernel: partOf(kernel, ofKernel),
  };
}
function partOf(state: State, more: object = {}): KernelPart {
  return { ...defaultsOf({ uuid: KERNEL, state, ...more }), domain: 'kernel' };
}

const reply = (session: SessionInfo): StepResult => ({ kind: 'reply', value: { session } });
const failed = (code: ClientErrorCode): StepResult => ({
  kind: 'failure',
  code,
  reason: 'It says why',
});

/** Plays the command; the registry answers with the part, or as `answerTo` says. */
function play(
  found: SessionInfo,
  command: PartsCommand,
  answerTo: (operation: Operation) => StepResult | undefined = () => undefined,
) {
  const asked: Operation[] = [];
  const results: StepResult[] = [];
  const plan = partsPlan('web', command);
  for (let step = plan(results); step !== undefined; step = plan(results)) {
    if (step.kind !== 'request' || !('session' in step.operation)) throw new Error('no request');
    const { operation } = step;
    asked.push(operation);
    const part = operation.session === KERNEL ? found.kernel : found;
    if (part === undefined) throw new Error('no such part');
    results.push(answerTo(operation) ?? reply(part));
  }
  return { asked: asked.slice(1), first: asked[0], results };
}

/** `op@part`, in order. */
function requests(found: SessionInfo, command: PartsCommand): readonly string[] {
  const { asked, first } = play(found, command);
  expect(first).toEqual({ op: 'session.get', session: 'web' });
  return asked.map((operation) => {
    const key = 'session' in operation ? operation.session : '';
    const names: Readonly<Record<string, string>> = { [USER]: 'user', [KERNEL]: 'kernel' };
    return `${operation.op}@${names[key] ?? key}`;
  });
}

describe('a command on a session of two parts', () => {
  it('begins with programs, and ends with the kernel first', () => {
    expect(requests(twoParts('inactive', 'inactive'), startCommand('web'))).toEqual([
      'session.start@user',
      'session.start@kernel',
    ]);
    const active = twoParts('active', 'active');
    for (const [op, command] of [
      ['session.pause', pauseCommand('web')],
      ['session.stop', stopCommand('web')],
      ['session.rotate', rotateCommand('web')],
      ['session.clear', clearCommand('web')],
      ['consumer.stop', stopConsumersCommand('web')],
    ] as const) {
      expect(requests(active, command)).toEqual([`${op}@kernel`, `${op}@user`]);
    }
    expect(requests(active, destroyCommand('web', {}))).toEqual([
      'session.destroy@kernel',
      'session.destroy@web',
    ]);
  });

  it('asks a session of one part alone', () => {
    for (const [op, command] of [
      ['session.start', startCommand('web')],
      ['session.stop', stopCommand('web')],
      ['session.destroy', destroyCommand('web', {})],
      ['consumer.continue', continueConsumersCommand('web')],
    ] as const) {
      expect(requests(alone('active'), command)).toEqual([`${op}@web`]);
    }
  });

  it('starts no part without a channel unless neither has one, and none that records', () => {
    const start = startCommand('web');
    const only = (channels: boolean[]) => twoParts('inactive', 'inactive', { channels });
    expect(requests(only([true, false]), start)).toEqual(['session.start@user']);
    expect(requests(only([false, true]), start)).toEqual(['session.start@kernel']);
    expect(requests(only([false, false]), start)).toEqual(['session.start@user']);
    expect(requests(twoParts('active', 'inactive'), start)).toEqual(['session.start@kernel']);
    expect(requests(twoParts('paused', 'active'), start)).toEqual(['session.start@user']);
    // The session refuses it.
    expect(requests(twoParts('active', 'active'), start)).toEqual(['session.start@user']);
  });

  it('leaves out parts for which it means nothing', () => {
    const stop = stopCommand('web');
    expect(requests(twoParts('active', 'inactive'), stop)).toEqual(['session.stop@user']);
    expect(requests(twoParts('stopped', 'active'), stop)).toEqual(['session.stop@kernel']);
    expect(requests(twoParts('stopped', 'inactive'), stop)).toEqual(['session.stop@user']);
    expect(requests(twoParts('paused', 'active'), pauseCommand('web'))).toEqual([
      'session.pause@kernel',
    ]);
    expect(requests(twoParts('inactive', 'active'), rotateCommand('web'))).toEqual([
      'session.rotate@kernel',
    ]);
    const consumed = twoParts('active', 'active', { consumers: [false, true] });
    expect(requests(consumed, stopConsumersCommand('web'))).toEqual(['consumer.stop@kernel']);
    const none = twoParts('active', 'active', { channels: [false, true] });
    expect(requests(none, continueConsumersCommand('web'))).toEqual(['consumer.continue@kernel']);
    expect(consumedParts(none)).toEqual([KERNEL]);
    expect(consumedParts(twoParts('active', 'active'))).toEqual([USER, KERNEL]);
    expect(consumedParts(alone('active'))).toEqual([USER]);
  });

  it('waits for the end of the kernel part, and says the rest to both', () => {
    const destroy = destroyCommand('web', { noWait: true, abandon: true });
    expect(play(twoParts('active', 'active'), destroy).asked).toEqual([
      { op: 'session.destroy', session: KERNEL, abandon: true },
      { op: 'session.destroy', session: 'web', abandon: true, noWait: true },
    ]);
    const stop = stopCommand('web', { noWait: true });
    expect(play(twoParts('active', 'active'), stop).asked).toEqual([
      { op: 'session.stop', session: KERNEL, noWait: true },
      { op: 'session.stop', session: USER, noWait: true },
    ]);
    const rotate = bothPartsCommand('web', (session) => [
      { op: 'rotation.enable', session, everyUs: 5_000_000 },
    ]);
    expect(requests(twoParts('inactive', 'inactive'), rotate)).toEqual([
      'rotation.enable@user',
      'rotation.enable@kernel',
    ]);
  });
});

describe('a part that fails', () => {
  const failing =
    (part: string, code: ClientErrorCode = 'NOT_WRITTEN') =>
    (operation: Operation): StepResult | undefined =>
      operation.op !== 'session.get' && 'session' in operation && operation.session === part
        ? failed(code)
        : undefined;
  const active = twoParts('active', 'active');

  it('does not keep the other one from stopping', () => {
    const { asked, results } = play(active, stopCommand('web'), (operation) => {
      const isOfUser = 'session' in operation && operation.session === USER;
      return isOfUser ? reply({ ...active, state: 'stopped' }) : failing(KERNEL)(operation);
    });
    expect(asked).toHaveLength(2);
    expect(partsFailureIn(stopCommand('web'), results)).toEqual({
      kind: 'failure',
      code: 'NOT_WRITTEN',
      reason: "It says why; that is the kernel's part, and the other one is stopped",
    });
  });

  it('keeps the other one from starting, and from being destroyed', () => {
    const started = play(twoParts('inactive', 'inactive'), startCommand('web'), failing(USER));
    expect(started.asked).toHaveLength(1);
    expect(partsFailureIn(startCommand('web'), started.results)?.reason).toBe(
      'It says why; that is the part of programs, and the other one is inactive',
    );
    const destroy = destroyCommand('web', {});
    const kept = play(active, destroy, failing(KERNEL));
    expect(kept.asked).toHaveLength(1);
    expect(partsFailureIn(destroy, kept.results)?.reason).toBe(
      "It says why; that is the kernel's part, and the other one is active",
    );
  });

  it('is the part of programs when the kernel part is destroyed', () => {
    const destroy = destroyCommand('web', {});
    const { results } = play(active, destroy, (operation) =>
      operation.op === 'session.destroy' && operation.session === 'web'
        ? failed('NOT_WRITTEN')
        : undefined,
    );
    expect(partsFailureIn(destroy, results)?.reason).toBe(
      'It says why; that is the part of programs, and the other one is destroyed',
    );
  });

  it.each(['INTERRUPTED', 'REGISTRY_LOST', 'NO_ANSWER'] as const)('ends all after %s', (code) => {
    expect(play(active, stopCommand('web'), failing(KERNEL, code)).asked).toHaveLength(1);
  });

  it('is the session when that is already as it shall be', () => {
    const { results } = play(active, startCommand('web'), failing(USER, 'ALREADY'));
    expect(partsFailureIn(startCommand('web'), results)?.reason).toBe('It says why');
    const fine = play(active, stopCommand('web'));
    expect(partsFailureIn(stopCommand('web'), fine.results)).toBeUndefined();
  });

  it('is no part when the session has one, or is not found', () => {
    const { results } = play(alone('active'), stopCommand('web'), (operation) =>
      operation.op === 'session.stop' ? failed('NOT_WRITTEN') : undefined,
    );
    expect(partsFailureIn(stopCommand('web'), results)?.reason).toBe('It says why');
    const missing = play(alone('active'), stopCommand('web'), () => failed('NO_SESSION'));
    expect(missing.asked).toEqual([]);
    expect(partsFailureIn(stopCommand('web'), missing.results)?.code).toBe('NO_SESSION');
    expect(partsFailureIn(stopCommand('web'), [])).toBeUndefined();
  });
});

describe('what the buffers hold', () => {
  it('is measured of each part', () => {
    const plan = measurePlan('web');
    const keys = (results: readonly StepResult[]): unknown => {
      const step = plan(results);
      return step?.kind === 'request' ? step.operation : undefined;
    };
    expect(keys([])).toEqual({ op: 'session.measure', session: 'web' });
    expect(keys([reply(alone('active'))])).toBeUndefined();
    const both = reply(twoParts('active', 'active'));
    expect(keys([both])).toEqual({ op: 'session.measure', session: KERNEL });
    expect(keys([both, reply(partOf('active'))])).toBeUndefined();
    expect(keys([failed('NO_SESSION')])).toBeUndefined();
  });
});

describe('the session after a command', () => {
  const before = twoParts('inactive', 'inactive');

  it('has each part as its last answer says it', () => {
    const user = reply({ ...alone('active'), kernel: partOf('inactive') });
    const whole = wholeSessionIn([reply(before), user, reply(partOf('active'))]);
    expect([whole?.uuid, whole?.state, whole?.kernel?.state]).toEqual([USER, 'active', 'active']);
    const other = wholeSessionIn([reply(before), reply(partOf('paused')), user]);
    expect(other?.kernel?.state).toBe('inactive');
  });

  it('keeps the kernel part as it was last when it is gone', () => {
    const gone = wholeSessionIn([
      reply(before),
      reply(partOf('destroying')),
      reply(alone('destroying')),
    ]);
    expect([gone?.state, gone?.kernel?.state]).toEqual(['destroying', 'destroying']);
  });

  it('is the kernel part if that was named, and none without an answer', () => {
    expect(wholeSessionIn([reply(partOf('active'))])?.domain).toBe('kernel');
    expect(wholeSessionIn([failed('NO_SESSION')])).toBeUndefined();
  });
});
