/** Calls about consumers, apart from the recording. */
import { describe, expect, it } from 'vitest';
import { expectSilence } from '../../../../support/silence.ts';
import {
  type ControlStage,
  openedControl,
  refusalOf,
} from '../../../../support/simulated/control-stage.ts';

function consumersOf({ simulation }: ControlStage): number[] {
  return simulation
    .processes()
    .filter(({ program, isAlive }) => program === 'ust-consumerd' && isAlive)
    .map(({ pid }) => pid);
}

describe('calls about consumers', () => {
  expectSilence();

  it('end and start the consumer of a session', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    await stage.settle(control.start('web'));
    const [first] = consumersOf(stage);
    expect((await stage.settle(control.stopConsumer('web'))).consumerPid).toBeUndefined();
    const { consumerPid } = await stage.settle(control.continueConsumer('web'));
    expect(consumerPid).not.toBe(first);
    expect(consumersOf(stage)).toEqual([consumerPid]);
  });

  it('have it write to another place, and nowhere', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    await stage.settle(control.start('web'));
    const other = await stage.settle(control.enableConsumer('web', { output: 'other' }));
    expect(other.output).toBe('/home/alice/other');
    const off = await stage.settle(control.disableConsumer('web'));
    expect(off.destination?.state).toBe('disabled');
    const wrong = control.enableConsumer('web', { url: 'net://' });
    expect(await refusalOf(stage, wrong)).toMatch(/^USAGE: The URL "net:\/\/" is wrong/);
  });

  it('start another consumer whenever the session loses its own, until it is gone', async () => {
    const { stage, control } = await openedControl();
    const { uuid } = await stage.settle(control.create('web'));
    await stage.settle(control.start('web'));
    const supervised = control.superviseConsumer(uuid);
    const [first = 0] = consumersOf(stage);
    const pass = (ms: number) =>
      stage.settle(
        new Promise<void>((resolve) => void stage.hands.world.clock.setTimer(ms, resolve)),
      );
    await pass(100);
    stage.simulation.kill(first);
    await pass(1000);
    expect(consumersOf(stage)).toHaveLength(1);
    expect(consumersOf(stage)).not.toContain(first);
    await stage.settle(control.destroy('web'));
    expect(await stage.settle(supervised)).toBe('the session is gone');
  });

  it('end the supervision with the control', async () => {
    const { stage, control } = await openedControl();
    const { uuid } = await stage.settle(control.create('web'));
    await stage.settle(control.start('web'));
    const supervised = control.superviseConsumer(uuid);
    await stage.settle(control.get('web'));
    await stage.settle(control.close());
    expect(await stage.settle(supervised)).toBe('interrupted');
    expect(consumersOf(stage)).toHaveLength(1);
  });
});
