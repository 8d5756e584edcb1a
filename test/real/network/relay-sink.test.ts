/**
 * Our consumer's data path into LTTng's own relay daemon: what was recorded is in its trace, event for event, as
 * babeltrace2 and our reader see it. What a killed relay did not acknowledge stays in the buffers and goes to the next.
 * Skipped without Debian's lttng-tools and babeltrace2.
 */
import { describe, expect, it } from 'vitest';
import { BYTES_IN_FLIGHT_MAX } from '../../../src/recorder/relay-sink.ts';
import { BURST, ConsumerStage, readBack, TEXT } from '../../support/real/consumer-stage.ts';
import {
  hasLttngRelayd,
  type LttngRelayd,
  startLttngRelayd,
} from '../../support/real/lttng-relayd.ts';
import { until } from '../../support/real/os.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const host = '127.0.0.1';
const placeOf = ({ controlPort, dataPort }: LttngRelayd) => ({
  control: { host, port: controlPort },
  data: { host, port: dataPort },
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => from + n);

describe.skipIf(!hasLttngRelayd() || !hasBabeltrace())('the sink of a relay', () => {
  it('streams more than the window and the buffers hold, and babeltrace2 counts all of it', async () => {
    const relayd = await startLttngRelayd();
    const stage = new ConsumerStage();
    await stage.follow(placeOf(relayd));
    while (stage.emitted * TEXT.length < 3 * BYTES_IN_FLIGHT_MAX) {
      stage.emit(BURST);
      expect(await stage.flush()).toBe('');
    }
    expect(await stage.close()).toBe('');
    await relayd.stop();
    expect(stage.logged).toEqual([]);
    expect(readBack(relayd.output)).toEqual(range(0, stage.emitted));
    const { lines, stderr } = runBabeltrace(relayd.output);
    expect({ events: lines.length, stderr }).toEqual({ events: stage.emitted, stderr: '' });
  });

  it('keeps in the buffers what a killed relay did not acknowledge, and gives it to the next', async () => {
    const first = await startLttngRelayd();
    const stage = new ConsumerStage();
    await stage.follow(placeOf(first));
    stage.emit(BURST);
    expect(await stage.flush()).toBe('');
    const stored = stage.emitted;
    await first.stop('SIGKILL');
    stage.emit(BURST / 2);
    await until(() => stage.logged.includes('trace.relayLost'));
    expect(await stage.flush()).toBe('ECONNRESET');
    await stage.close(true);
    const next = await startLttngRelayd();
    await stage.follow(placeOf(next));
    stage.emit(BURST / 2);
    expect(await stage.close()).toBe('');
    await next.stop();
    expect(readBack(first.output)).toEqual(range(0, stored));
    expect(readBack(next.output)).toEqual(range(stored, stage.emitted));
    expect(runBabeltrace(next.output).lines).toHaveLength(stage.emitted - stored);
  });

  it('is one clear error when packets are to go by UDP: LTTng has no such thing', async () => {
    const relayd = await startLttngRelayd();
    const stage = new ConsumerStage();
    await expect(stage.follow({ ...placeOf(relayd), isUdp: true })).rejects.toThrow(
      'the relay takes packets over TCP alone: it does not know UDP data',
    );
    await relayd.stop();
  });
});
