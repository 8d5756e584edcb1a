/**
 * Packets of our consumer that pass our relays on their way to another one (R3.8): to ours, and to LTTng's, which does
 * not notice. babeltrace2 finds every event, in the layout of a direct way, and relays on the way store nothing.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasLttngRelayd, startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { DIST, scratchDirectory } from '../../support/real/os.ts';
import { type OurRelay, startOurRelay } from '../../support/real/relayd.ts';
import { type RelayPorts, readBack, SinkStage } from '../../support/real/sink-stage.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const BURSTS = 12;
const BURST = 1000;

/** A relay of ours that forwards to this one. */
async function hopTo({ controlPort, dataPort }: RelayPorts): Promise<OurRelay> {
  const options = [controlPort, dataPort].flatMap((port) => ['--forward-to', `127.0.0.1:${port}`]);
  return startOurRelay(scratchDirectory(), { options });
}

/** Directories and files, without times and marks of links. */
function treeOf(output: string): string[] {
  const names = readdirSync(output, { recursive: true, encoding: 'utf8' });
  return names.map((name) => name.replaceAll(/\d{8}-\d{6}(?:-[0-9a-f]{8})?/g, 'TIME')).toSorted();
}

/** Records through the relays of the way. */
async function record(stage: SinkStage, ...way: readonly [RelayPorts, ...RelayPorts[]]) {
  const [first, ...rest] = way;
  const from = stage.emitted;
  await stage.follow(first, ...rest);
  for (let burst = 0; burst < BURSTS; burst++) {
    stage.emit(BURST);
    expect(await stage.flush()).toBe('');
  }
  expect(await stage.close(true)).toBe('');
  return Array.from({ length: stage.emitted - from }, (_, n) => from + n);
}

describe.skipIf(!hasBabeltrace())('packets of a consumer', () => {
  it('pass two relays, and the last one stores them as on a direct way', async () => {
    const [store, direct] = [
      await startOurRelay(scratchDirectory()),
      await startOurRelay(scratchDirectory()),
    ];
    const second = await hopTo(store);
    const first = await hopTo(second);
    const stage = new SinkStage();
    const recorded = await record(stage, first, second, store);
    expect(stage.logged).toEqual([]);
    const others = await record(stage, direct);
    await expect.poll(() => runBabeltrace(store.output).lines.length).toBe(recorded.length);
    expect(readBack(store.output)).toEqual(recorded);
    await expect.poll(() => readBack(direct.output)).toEqual(others);
    expect(treeOf(store.output)).toEqual(treeOf(direct.output));
    for (const hop of [first, second]) {
      expect(treeOf(hop.output)).toEqual([]);
      expect(hop.logged('relay.forwards')).toBe(1);
      expect(hop.logged('relay.forwarding')).toBe(2);
    }
  }, 120_000);

  it.skipIf(!hasLttngRelayd())(
    'pass a relay on their way to the one of LTTng',
    async () => {
      const store = await startLttngRelayd();
      const hop = await hopTo(store);
      const stage = new SinkStage();
      const recorded = await record(stage, hop, store);
      await store.stop();
      expect(readBack(store.output)).toEqual(recorded);
      const { lines, stderr } = runBabeltrace(store.output);
      expect({ events: lines.length, stderr }).toEqual({ events: recorded.length, stderr: '' });
      expect(treeOf(hop.output)).toEqual([]);
    },
    120_000,
  );

  it.skipIf(!hasLttngRelayd())(
    'do not pass the relay of LTTng, and the reason names it',
    async () => {
      const [store, other] = [await startLttngRelayd(), await startLttngRelayd()];
      const stage = new SinkStage();
      await expect(stage.follow(store, other)).rejects.toThrow(
        `127.0.0.1 ${store.controlPort}: the relay cannot forward`,
      );
    },
  );
});

it('the relay says which destination it does not understand', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(DIST, 'bin/lttng-relayd.js'), '--forward-to', 'tcp://store'],
    { encoding: 'utf8' },
  );
  expect(status).toBe(2);
  expect(stderr).toContain('It is not of the form HOST[:PORT]');
});
