/**
 * Our consumer's data path into LTTng's own relay daemon: what was recorded is in its trace, event for event, as
 * babeltrace2 and our reader see it. What a killed relay did not acknowledge stays in the buffers and goes to the next.
 * Skipped without Debian's lttng-tools and babeltrace2.
 */
import { describe, expect, it } from 'vitest';
import { BYTES_IN_FLIGHT_MAX } from '../../../src/recorder/relay-sink.ts';
import { hasLttngRelayd, startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { until } from '../../support/real/os.ts';
import { readBack, SinkStage, TEXT } from '../../support/real/sink-stage.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

/** Fewer than fill the buffers of the streams. */
const BURST = 1000;

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => from + n);

describe.skipIf(!hasLttngRelayd() || !hasBabeltrace())('the sink of a relay', () => {
  it('streams more than the window and the buffers hold, and babeltrace2 counts all of it', async () => {
    const relayd = await startLttngRelayd();
    const stage = new SinkStage();
    await stage.follow(relayd);
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
    const stage = new SinkStage();
    await stage.follow(first);
    stage.emit(BURST);
    expect(await stage.flush()).toBe('');
    const stored = stage.emitted;
    await first.stop('SIGKILL');
    stage.emit(BURST / 2);
    await until(() => stage.logged.includes('trace.relayLost'));
    expect(await stage.flush()).toBe('ECONNRESET');
    await stage.close(true);
    const next = await startLttngRelayd();
    await stage.follow(next);
    stage.emit(BURST / 2);
    expect(await stage.close()).toBe('');
    await next.stop();
    expect(readBack(first.output)).toEqual(range(0, stored));
    expect(readBack(next.output)).toEqual(range(stored, stage.emitted));
    expect(runBabeltrace(next.output).lines).toHaveLength(stage.emitted - stored);
  });
});
