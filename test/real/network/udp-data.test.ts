/**
 * Packets over UDP from our consumer to our relay, on real sockets (R3.10): over a path that loses, doubles and
 * reorders datagrams the trace has every event, as our reader and babeltrace2 count them; over a dead path the trace
 * counts what it lacks. The last test has a network namespace behind a link with `tc netem`: it needs root and that
 * module.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLossyPath } from '../../support/real/lossy-path.ts';
import { scratchDirectory } from '../../support/real/os.ts';
import { type OurRelay, startOurRelay } from '../../support/real/relayd.ts';
import { readBack, SinkStage } from '../../support/real/sink-stage.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const host = '127.0.0.1';
const ROUNDS = 4;
/** Fewer than fill the buffers of the streams. */
const BURST = 1000;
const range = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

/** Records a few bursts, with this port for datagrams. */
async function record({ relay, host, port }: Way): Promise<Recording> {
  const stage = new SinkStage();
  await stage.follow({ host, controlPort: relay.controlPort, dataPort: port, isUdp: true });
  for (let round = 0; round < ROUNDS; round++) {
    stage.emit(BURST);
    expect(await stage.flush()).toBe('');
  }
  expect(await stage.close()).toBe('');
  return { stage, emitted: stage.emitted };
}

interface Way {
  readonly relay: OurRelay;
  readonly host: string;
  readonly port: number;
}

interface Recording {
  readonly stage: SinkStage;
  readonly emitted: number;
}

/** Discarded events, as babeltrace2 tells of them. */
function discardedIn(stderr: string): number {
  const found = stderr.matchAll(/discarded (\d+) events/g);
  return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('packets over UDP', () => {
  it('reach the relay over the loopback', async () => {
    const relay = await startOurRelay(scratchDirectory());
    const { stage, emitted } = await record({ relay, host, port: relay.dataPort });
    expect(stage.logged).toEqual([]);
    expect(readBack(relay.output)).toEqual(range(emitted));
  });

  it('are all there although datagrams get lost, come twice and are overtaken', async () => {
    const relay = await startOurRelay(scratchDirectory());
    const path = await openLossyPath(relay.dataPort, { lost: 5, twice: 5, overtaken: 10 });
    const { stage, emitted } = await record({ relay, host, port: path.port });
    expect(path.lost).toBeGreaterThan(100);
    expect(stage.logged).toEqual([]);
    expect(readBack(relay.output)).toEqual(range(emitted));
    if (!hasBabeltrace()) return;
    const { lines, stderr } = runBabeltrace(relay.output);
    expect({ events: lines.length, stderr }).toEqual({ events: emitted, stderr: '' });
  });

  it('need an address that datagrams reach (R3.3)', async () => {
    const relay = await startOurRelay(scratchDirectory());
    const path = await openLossyPath(relay.dataPort, { lost: 0, twice: 0, overtaken: 0 });
    path.block();
    const { controlPort } = relay;
    const following = new SinkStage().follow({ controlPort, dataPort: path.port, isUdp: true });
    await expect(following).rejects.toThrow(
      `no datagram arrives at UDP port ${path.port} of ${host}`,
    );
    expect(path.lost).toBeGreaterThan(1);
  });

  it.skipIf(!hasBabeltrace())('that do not arrive any more are counted in the trace', async () => {
    const relay = await startOurRelay(scratchDirectory());
    const path = await openLossyPath(relay.dataPort, { lost: 0, twice: 0, overtaken: 0 });
    const stage = new SinkStage();
    const { controlPort } = relay;
    await stage.follow({ controlPort, dataPort: path.port, isUdp: true });
    path.block();
    stage.emit(BURST);
    expect(await stage.close()).toBe('');
    expect(new Set(stage.logged)).toEqual(new Set(['trace.packetsGivenUp']));
    const { lines, stderr } = runBabeltrace(relay.output);
    expect(lines.length + discardedIn(stderr)).toBe(BURST);
  });
});

const NETEM = ['delay', '2ms', '1ms', 'loss', '5%', 'duplicate', '2%', 'reorder', '10%'];
const NAMESPACE = `lttng-ts-${process.pid}`;
const LINK = `ltts${process.pid}`;
const PREFIX = `10.231.${process.pid % 256}`;

/** Makes a network namespace behind a lossy link; returns why it cannot. */
function makeLossyLink(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  const ip = (...args: readonly string[]): boolean =>
    spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
  if (!ip('netns', 'add', NAMESPACE)) return 'this machine makes no network namespaces';
  onTestFinished(() => void ip('netns', 'del', NAMESPACE));
  const peer = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', NAMESPACE];
  const isLinked =
    ip('link', 'add', LINK, ...peer) &&
    ip('addr', 'add', `${PREFIX}.1/30`, 'dev', LINK) &&
    ip('link', 'set', LINK, 'up') &&
    ip('-n', NAMESPACE, 'addr', 'add', `${PREFIX}.2/30`, 'dev', 'eth0') &&
    ip('-n', NAMESPACE, 'link', 'set', 'eth0', 'up');
  if (!isLinked) return 'this machine makes no links between network namespaces';
  const netem = ['qdisc', 'add', 'dev', LINK, 'root', 'netem', ...NETEM];
  const { status } = spawnSync('tc', netem, { stdio: 'ignore' });
  return status === 0 ? undefined : 'the kernel has no netem';
}

describe('packets over UDP on a link with netem', () => {
  it('are all there', async ({ skip }) => {
    const reason = makeLossyLink();
    skip(reason !== undefined, reason);
    const [before, host] = [['ip', 'netns', 'exec', NAMESPACE], `${PREFIX}.2`];
    const relay = await startOurRelay(scratchDirectory(), { before, host });
    const { stage, emitted } = await record({ relay, host, port: relay.dataPort });
    expect(stage.logged).toEqual([]);
    expect(readBack(relay.output)).toEqual(range(emitted));
  });
});
