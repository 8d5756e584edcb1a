/**
 * Goal: LTTng streams to our relay over a network between two hosts, also a bad one. Method: its daemons run in one
 * network namespace and our relay in another; netem delays, loses and reorders what passes between them. Skipped, with
 * the reason, where namespaces or netem cannot be had.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { interopTable } from '../../support/real/interop-table.ts';
import { missingForLttng, startPrivateLttng } from '../../support/real/lttng.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { runBabeltrace } from '../../support/trace/babeltrace.ts';

const SCRIPT = join(import.meta.dirname, '../../support/real/two-namespaces.sh');
const NETEM = ['delay', '20ms', '5ms', 'loss', '3%', 'reorder', '10%', '50%'];
const EVENTS = 400;
const NAME = `lttng-ts-${process.pid}`;

function namespaces(act: 'up' | 'down', netem: readonly string[] = []): string | undefined {
  const { status, stderr, error } = spawnSync('sh', [SCRIPT, act, NAME, ...netem], {
    encoding: 'utf8',
  });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : stderr.trim();
}

const noteInterop = interopTable('lttng-sessiond');

/** Why this machine has no such network. */
function whyNot(netem: readonly string[]): string | undefined {
  const missing = missingForLttng();
  if (missing !== undefined) return `needs ${missing}`;
  const reason = namespaces('up', netem);
  namespaces('down');
  return reason === undefined ? undefined : `no network namespaces with this: ${reason}`;
}

async function streamed(host: string, netem: readonly string[]): Promise<[number, number]> {
  expect(namespaces('up', netem)).toBeUndefined();
  onTestFinished(() => void namespaces('down'));
  const before = ['ip', 'netns', 'exec', `${NAME}-b`];
  const { url, output } = await startOurRelay(temporaryDirectory(), { before, host });
  const lttng = await startPrivateLttng(`${NAME}-a`);
  // LTTng's protocols of IPv6 have a name of their own.
  lttng.lttng('create', 'web', `--set-url=${url.replace('net://[', 'net6://[')}`);
  const small = ['--buffers-uid', '--subbuf-size=4096', '--num-subbuf=64'];
  lttng.lttng('enable-channel', '-u', 'channel', ...small);
  lttng.lttng('enable-event', '-u', '-c', 'channel', 'bench:one');
  lttng.lttng('start');
  const traced = lttng.trace();
  await expect.poll(() => traced.events(), { timeout: 60_000 }).toBeGreaterThan(EVENTS);
  await traced.end();
  const events = traced.events();
  lttng.lttng('stop');
  lttng.lttng('destroy');
  return [events, runBabeltrace(output).lines.length];
}

describe.each([
  ['a good network', []],
  ['delay, loss and reorder', NETEM],
])('over %s', (what, netem) => {
  const reason = whyNot(netem);
  beforeEach(({ skip }) => {
    if (reason !== undefined) skip(reason);
  });

  test.each(['10.77.0.2', '[fd77::2]'])(
    'every event is stored by the relay at %s',
    async (host) => {
      const [events, stored] = await streamed(host, netem);
      noteInterop({ what: `LTTng to our relay: ${what}, ${host}`, sent: events, read: stored });
      expect(stored).toBe(events);
      expect(events).toBeGreaterThan(EVENTS);
    },
  );
});
