/**
 * Goal: LTTng's live sessions are followed through our relay. Method: LTTng's daemons stream a live session of a
 * program that LTTng UST traces, and babeltrace2 reads it while it is recorded. A viewer from the first event
 * on shows as many events as the program recorded, with another viewer beside it; one that attaches late shows the
 * later ones.
 */
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { followWithBabeltrace } from '../../support/real/babeltrace-viewer.ts';
import { interopTable } from '../../support/real/interop-table.ts';
import { missingForLttng, type PrivateLttng, startPrivateLttng } from '../../support/real/lttng.ts';
import { type OurRelay, startOurRelay } from '../../support/real/relayd.ts';

interface LiveRecording {
  readonly lttng: PrivateLttng;
  readonly relay: OurRelay;
  readonly viewUrl: string;
}

async function startSession(buffers: string): Promise<LiveRecording> {
  const lttng = await startPrivateLttng();
  const relay = await startOurRelay(lttng.directory);
  lttng.lttng('create', 'web', '--live=200000', `--set-url=${relay.url}`);
  const small = ['--subbuf-size=4096', '--num-subbuf=16'];
  lttng.lttng('enable-channel', '-u', 'channel', buffers, ...small);
  lttng.lttng('enable-event', '-u', '-c', 'channel', 'bench:one');
  lttng.lttng('start');
  const viewUrl = `net://127.0.0.1:${relay.livePort}/host/${hostname()}/web`;
  return { lttng, relay, viewUrl };
}

/** Nothing that the peers of the relay did was refused. */
function expectNoTrouble({ logged }: OurRelay): void {
  const troubles = ['peer.cutOff', 'relay.requestRefused', 'relay.storeFailed'];
  expect(troubles.map((trouble) => logged(trouble))).toEqual([0, 0, 0]);
}

const OF_USER = '--buffers-uid';
const OF_PROCESS = '--buffers-pid';
const ENDED = { status: 0, errors: '' };
const PATIENTLY = { timeout: 60_000 };
const missing = missingForLttng();
const noteInterop = interopTable('babeltrace2');

describe.skipIf(missing !== undefined)('LTTng 2.13 and babeltrace2 meet in our relay', () => {
  test.each([OF_USER, OF_PROCESS])('viewers see what is recorded, %s', async (buffers) => {
    const { lttng, relay, viewUrl } = await startSession(buffers);
    const first = followWithBabeltrace(lttng.directory, viewUrl, 'first');
    const second = followWithBabeltrace(lttng.directory, viewUrl, 'second');
    await expect.poll(() => relay.logged('relay.viewerAttached'), PATIENTLY).toBe(2);
    const traced = lttng.trace();
    await expect.poll(() => first.events(), PATIENTLY).toBeGreaterThan(400);
    const late = followWithBabeltrace(lttng.directory, viewUrl, 'late');
    await expect.poll(() => late.events(), PATIENTLY).toBeGreaterThan(400);
    await traced.end();
    const recorded = traced.events();
    lttng.lttng('stop');
    lttng.lttng('destroy');
    for (const viewer of [first, second, late]) expect(await viewer.ended()).toEqual(ENDED);
    const what = `LTTng, live, ${buffers}, followed through our relay`;
    noteInterop({ what, sent: recorded, read: first.events() });
    expect([first.events(), second.events()]).toEqual([recorded, recorded]);
    expect(late.events()).toBeLessThan(recorded);
    expectNoTrouble(relay);
  });

  test('a viewer that follows gets the events after a clear', async () => {
    const { lttng, relay, viewUrl } = await startSession(OF_USER);
    const traced = lttng.trace();
    const viewer = followWithBabeltrace(lttng.directory, viewUrl, 'viewer');
    await expect.poll(() => viewer.events(), PATIENTLY).toBeGreaterThan(400);
    lttng.lttng('clear');
    const shown = viewer.events();
    await expect.poll(() => viewer.events(), PATIENTLY).toBeGreaterThan(shown + 400);
    await traced.end();
    lttng.lttng('destroy');
    expect(await viewer.ended()).toEqual(ENDED);
    expectNoTrouble(relay);
  });
});
