/** Calls that run programs in sessions. */
import { describe, expect, it } from 'vitest';
import { ControlError } from '../../../../../bin/control/api/control-error.ts';
import { expectSilence } from '../../../../support/silence.ts';
import {
  type ControlStage,
  openedControl,
  refusalOf,
} from '../../../../support/simulated/control-stage.ts';

const WORKER = 'lttng-ts:worker';
const NONE = '/none';

function errorOf(stage: ControlStage, call: Promise<unknown>): Promise<unknown> {
  return stage.settle(call.catch((error: unknown) => error));
}

describe('calls that run programs', () => {
  expectSilence();

  it('give the status with which a program ends in a session', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    expect(await stage.settle(control.run('web', [WORKER, '7', '5']))).toEqual({ code: 7 });
    const missing = await errorOf(stage, control.run('web', [NONE]));
    expect(missing).toBeInstanceOf(ControlError);
    expect(missing).toMatchObject({ code: 'CANNOT_RUN', errno: 'ENOENT' });
    expect(await refusalOf(stage, control.run('x', [WORKER]))).toMatch(/^NO_SESSION: /);
    expect(await refusalOf(stage, control.run('web', []))).toBe('USAGE: Name a program');
  });

  it('end a program with the control', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const running = stage.settle(control.run('web', [WORKER, '0', '100000']));
    await stage.settle(control.get('web'));
    await stage.settle(control.close());
    expect(await running).toEqual({ signal: 'SIGTERM' });
  });

  it('record a program in a session of its own', async () => {
    const { stage, control } = await openedControl();
    const begun: unknown[] = [];
    const recording = await stage.settle(
      control.record([WORKER, '0', '5'], {
        name: 'web',
        events: ['shop:*'],
        channel: { overwrite: true },
        onBegin: (session) => void begun.push(session),
      }),
    );
    const directory = '/home/alice/lttng-traces/web';
    expect(begun).toEqual([{ name: 'web', directory }]);
    expect(recording).toMatchObject({
      session: { name: 'web', output: directory },
      exit: { code: 0 },
      isWhole: true,
    });
    expect(recording.error).toBeUndefined();
    expect(await stage.settle(control.list())).toEqual([]);
  });

  it('copy the buffers of a program that fails, and of no other', async () => {
    const { stage, control } = await openedControl();
    const failed = control.record([WORKER, '1', '5'], { onCrash: true, output: 'a' });
    expect((await stage.settle(failed)).crash).toMatch(/^\/home\/alice\/a\/crash-/);
    const fine = control.record([WORKER, '0', '5'], { onCrash: true, output: 'b' });
    expect((await stage.settle(fine)).crash).toBeUndefined();
  });

  it('refuse a recording before anything is made', async () => {
    const { stage, control } = await openedControl();
    const refused = (options: object) =>
      refusalOf(stage, control.record([WORKER, '0', '5'], { name: 'web', ...options }));
    expect(await refused({ events: [''] })).toMatch(/^USAGE: The request is wrong at "patterns.0"/);
    expect(await refused({ channel: { subbufferCount: 3 } })).toMatch(/^USAGE: .*channel.shape/);
    expect(await refused({ url: 'net://h', onCrash: true })).toMatch(/^USAGE: A snapshot goes to/);
    expect(await refused({ liveTimerUs: 1000 })).toMatch(/^USAGE: A live session sends to/);
    const missing = await errorOf(stage, control.record([NONE], { name: 'web' }));
    expect(missing).toMatchObject({ code: 'CANNOT_RUN', isSessionLeft: false });
    expect(stage.hands.world.files.info('/home/alice/lttng-traces/web').ok).toBe(false);
    expect(await stage.settle(control.list())).toEqual([]);
  });
});
