/**
 * Our consumer's data path into LTTng's own relay daemon: what was recorded is in its trace, event for event, as
 * babeltrace2 and our reader see it. What a killed relay did not acknowledge stays in the buffers and goes to the next.
 * Skipped without Debian's lttng-tools and babeltrace2.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TcpConnection } from '../../../src/port/network.ts';
import { BYTES_IN_FLIGHT_MAX } from '../../../src/recorder/relay-sink.ts';
import { interopTable } from '../../support/real/interop-table.ts';
import { view } from '../../support/real/live-viewer.ts';
import { hasLttngRelayd, startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { scratchDirectory, until } from '../../support/real/os.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { readBack, SESSION, SinkStage, TEXT } from '../../support/real/sink-stage.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

/** Fewer than fill the buffers of the streams. */
const BURST = 1000;

/** Makes the session live: the sink itself has no live sessions, and no beacons that keep a viewer's order. */
function live(connection: TcpConnection): TcpConnection {
  const [createSession, commandAt, liveTimerAt] = [2, 16, 24 + 12];
  const send = (bytes: Uint8Array): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(commandAt) === createSession) view.setUint32(liveTimerAt, 200_000);
    connection.send(bytes);
  };
  const start: TcpConnection['start'] = (listener) => connection.start(listener);
  return {
    local: connection.local,
    remote: connection.remote,
    get pendingBytes() {
      return connection.pendingBytes;
    },
    start,
    send,
    close: () => connection.close(),
    drop: () => connection.drop(),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
  };
}

const noteInterop = interopTable('lttng-relayd');

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
    const what = "our sink to LTTng's relay, read by babeltrace2";
    noteInterop({ what, sent: stage.emitted, read: lines.length });
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

  it('keeps what consumers of one second stored, although the relay names their directories alike', async () => {
    const relayd = await startLttngRelayd();
    const stage = new SinkStage();
    // So that two of them begin in one second, whatever the machine does meanwhile.
    stage.stopSeconds();
    for (let consumer = 0; consumer < 3; consumer++) {
      await stage.follow(relayd);
      stage.emit(BURST / 10);
      expect(await stage.close()).toBe('');
    }
    await relayd.stop();
    const [host = ''] = readdirSync(relayd.output);
    expect(readdirSync(`${relayd.output}/${host}`)).toHaveLength(1);
    expect(readBack(relayd.output)).toEqual(range(0, stage.emitted));
    const { lines } = runBabeltrace(relayd.output);
    const what = "three of our sinks in one second to LTTng's relay, read by babeltrace2";
    noteInterop({ what, sent: stage.emitted, read: lines.length });
    expect(lines).toHaveLength(stage.emitted);
  });

  it.each(['LTTng’s relay', 'our relay'])(
    'is followed live through %s by lttng view',
    async (whose) => {
      const directory = scratchDirectory();
      const relay =
        whose === 'our relay' ? await startOurRelay(directory) : await startLttngRelayd();
      const stage = new SinkStage();
      await stage.followThrough(live, relay);
      stage.emit(BURST);
      expect(await stage.flush()).toBe('');
      const url = `net://127.0.0.1:${relay.livePort}/host/*/${SESSION.name}`;
      const viewer = view(directory, 'viewer', url);
      await expect.poll(() => viewer.times().length, { timeout: 30_000 }).toBe(BURST);
      for (let round = 0; round < 3; round++) {
        stage.emit(BURST);
        expect(await stage.flush()).toBe('');
      }
      // LTTng's relay has nothing for viewers of a stream that has ended.
      await expect.poll(() => viewer.times().length, { timeout: 60_000 }).toBe(stage.emitted);
      expect(await stage.close()).toBe('');
      expect(await viewer.ended()).toEqual({ status: 0, said: '' });
      const what = `our sink, our viewer at ${whose}`;
      noteInterop({ what, sent: stage.emitted, read: viewer.times().length });
      expect(viewer.times()).toHaveLength(stage.emitted);
    },
  );

  it('is one clear error when packets are to go by UDP: LTTng has no such thing', async () => {
    const relayd = await startLttngRelayd();
    const stage = new SinkStage();
    await expect(stage.follow({ ...relayd, isUdp: true })).rejects.toThrow(
      'the relay takes packets over TCP alone: it does not know UDP data',
    );
    await relayd.stop();
  });
});
