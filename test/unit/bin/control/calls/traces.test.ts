/** Calls that copy buffers, and that finish what is left of sessions. */
import { describe, expect, it } from 'vitest';
import { expectSilence } from '../../../../support/silence.ts';
import { openedControl, refusalOf } from '../../../../support/simulated/control-stage.ts';

describe('calls about copies and remains', () => {
  expectSilence();

  it('copy nothing from empty buffers, and say where', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web', { flightRecorder: true, output: 'mine' }));
    await stage.settle(control.start('web'));
    const taken = await stage.settle(control.snapshot('web', { name: 'slow' }));
    expect(taken).toMatchObject({ session: { name: 'web' }, path: undefined, isWhole: true });
    expect(taken.directory).toMatch(/^\/home\/alice\/mine\/slow-\d{8}-\d{6}$/);
  });

  it('finish a session that has lost its consumer, and leave the others', async () => {
    const { stage, control } = await openedControl();
    for (const name of ['web', 'other']) {
      await stage.settle(control.create(name));
      await stage.settle(control.start(name));
    }
    const { consumerPid = 0 } = await stage.settle(control.get('web'));
    stage.simulation.kill(consumerPid);
    const { recoveries, alive } = await stage.settle(control.recover());
    expect(recoveries).toMatchObject([
      { session: { name: 'web' }, output: '/home/alice/lttng-traces/web' },
    ]);
    expect(recoveries[0]?.error).toBeUndefined();
    expect(alive).toMatchObject([{ name: 'other' }]);
    expect(await stage.settle(control.list())).toMatchObject([{ name: 'other' }]);
    const none = await refusalOf(stage, control.recover({ session: 'web' }));
    expect(none).toBe('NO_SESSION: There is no session "web"');
  });

  it('write what is left below another directory', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    await stage.settle(control.start('web'));
    const { consumerPid = 0 } = await stage.settle(control.get('web'));
    stage.simulation.kill(consumerPid);
    const { recoveries } = await stage.settle(control.recover({ output: 'rest' }));
    expect(recoveries).toMatchObject([{ output: '/home/alice/rest/web' }]);
  });
});
