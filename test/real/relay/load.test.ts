/** Many sessions at one relay, few descriptors, and a relay that is killed: what was acknowledged is in the trace. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingForLttng, startPrivateLttng } from '../../support/real/lttng.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { REPLAYED_EVENTS, replaySession } from '../../support/real/replayed-session.ts';
import { readTrace } from '../../support/real/traces.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { runBabeltrace } from '../../support/trace/babeltrace.ts';

const SESSIONS = 200;

const eventsIn = (directory: string): number => readTrace(directory).events.length;

describe('a relay', () => {
  it(`stores ${SESSIONS} sessions at once, every event of each`, async () => {
    const relay = await startOurRelay(temporaryDirectory());
    const { output, log } = relay;
    await Promise.all(Array.from({ length: SESSIONS }, (_, at) => replaySession(relay, at)));
    const [host = ''] = readdirSync(output);
    const sessions = readdirSync(join(output, host));
    expect(sessions).toHaveLength(SESSIONS);
    for (const session of sessions)
      expect(eventsIn(join(output, host, session))).toBe(REPLAYED_EVENTS);
    expect(log()).not.toMatch(/peer\.cutOff|relay\.requestRefused/);
  });

  it('with few descriptors refuses what it cannot store, says so, and serves the next', async () => {
    const directory = temporaryDirectory();
    const relay = await startOurRelay(directory, { before: ['prlimit', '--nofile=64:64'] });
    const { log } = relay;
    expect(log()).toMatch(/"relay\.fewDescriptors","descriptors":64,"streams":24/);
    const storm = Array.from({ length: 30 }, (_, at) =>
      Promise.race([
        replaySession(relay, at).catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, 5000)),
      ]),
    );
    await Promise.all(storm);
    expect(log()).toMatch(/"relay\.requestRefused"|"socket\.descriptorsExhausted"/);
    expect(relay.child.exitCode).toBe(null);
  });

  it('that is killed has what it acknowledged', async () => {
    const relay = await startOurRelay(temporaryDirectory());
    const { kill, output } = relay;
    await replaySession(relay, 1);
    const running = replaySession(relay, 2).catch(() => undefined);
    await kill();
    void running;
    const [host = ''] = readdirSync(output);
    const [first = ''] = readdirSync(join(output, host));
    expect(eventsIn(join(output, host, first))).toBe(REPLAYED_EVENTS);
  });
});

const missing = missingForLttng();

describe.skipIf(missing !== undefined)("a relay with LTTng's daemons", () => {
  it('that is killed has what LTTng was told is stored, and the rest can be read', async () => {
    const lttng = await startPrivateLttng();
    const { kill, url, output } = await startOurRelay(temporaryDirectory());
    const traced = lttng.trace();
    const more = async (): Promise<void> => {
      const enough = traced.events() + 400;
      await expect.poll(() => traced.events(), { timeout: 30_000 }).toBeGreaterThan(enough);
    };
    lttng.lttng('create', 'web', `--set-url=${url}`);
    const small = ['--buffers-uid', '--subbuf-size=4096', '--num-subbuf=16'];
    lttng.lttng('enable-channel', '-u', 'channel', ...small);
    lttng.lttng('enable-event', '-u', '-c', 'channel', 'bench:one');
    lttng.lttng('start');
    await more();
    // It ends when the relay has stored all that was recorded.
    lttng.lttng('stop');
    const acknowledged = runBabeltrace(output).lines.length;
    expect(acknowledged).toBeGreaterThan(400);
    lttng.lttng('start');
    await more();
    await kill();
    expect(runBabeltrace(output).lines.length).toBeGreaterThanOrEqual(acknowledged);
    expect(eventsIn(output)).toBeGreaterThanOrEqual(acknowledged);
    await traced.end();
  });
});
