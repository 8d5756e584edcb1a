/** Sessions whose packets go to a relay as datagrams, on the command line (R3.3, R3.10). */
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLossyPath } from '../../support/real/lossy-path.ts';
import { hasLttngRelayd, startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { tickProgram } from '../../support/real/programs.ts';
import { numbers, RelayCommands, ticksIn } from '../../support/real/relay-commands.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { makePlace, type Place } from '../../support/real/sandbox.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());
const { run, good, refusal, sessionNow } = new RelayCommands(() => place);

describe('packets over UDP (R3.10)', () => {
  const nothing = { lost: 0, twice: 0, overtaken: 0 };
  const at = (protocol: 'tcp' | 'udp', port: number): string => `${protocol}://127.0.0.1:${port}`;
  const urlsOf = ({ controlPort }: { readonly controlPort: number }, port: number): string[] => [
    ...['-C', at('tcp', controlPort)],
    ...['-D', at('udp', port)],
  ];

  it('reach the relay through a network that loses, doubles and reorders them', async ({
    skip,
  }) => {
    skip(!hasBabeltrace(), 'needs babeltrace2');
    const relay = await startOurRelay(place.directory);
    const path = await openLossyPath(relay.dataPort, { lost: 5, twice: 5, overtaken: 10 });
    const where = `${at('tcp', relay.controlPort)} (control), ${at('udp', path.port)} (data)`;
    expect(await good(['create', 'web', ...urlsOf(relay, path.port)])).toBe(
      `Created session web; its trace goes to ${where}`,
    );
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 5000 });
    await good(['run', '-s', 'web', '--', process.execPath, program]);
    const status = await good(['status']);
    expect(status).toContain(`relay         ${where}\n`);
    expect(status).toContain('connection    connected\n');
    expect((await sessionNow())?.destination?.to).toEqual({
      control: at('tcp', relay.controlPort),
      data: at('udp', path.port),
    });
    expect(await good(['stop', 'web'])).toBe(`Stopped session web; its trace is at ${where}`);
    expect((await sessionNow())?.link).toMatchObject({ state: 'connected', packetsInFlight: 0 });
    await good(['destroy', 'web']);
    expect(path.lost).toBeGreaterThan(0);
    expect(ticksIn(relay.output)).toEqual(numbers(5000));
    const { stdout } = await run(['view', relay.output]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5000);
    expect(runBabeltrace(relay.output).lines).toHaveLength(5000);
  });

  it('need a port that datagrams reach; else the session writes where it wrote before', async () => {
    const relay = await startOurRelay(place.directory);
    const path = await openLossyPath(relay.dataPort, nothing);
    path.block();
    const urls = urlsOf(relay, path.port);
    const why =
      `1: The relay cannot be used: at 127.0.0.1 ${relay.controlPort}, ` +
      `no datagram arrives at UDP port ${path.port} of 127.0.0.1 (ETIMEDOUT) (RELAY_FAILED)`;
    expect(await refusal(['create', 'web', ...urls])).toBe(why);
    expect(await good(['list', '--sessions'])).toBe('No session; "lttng create" creates one.');
    const directory = temporaryDirectory();
    await good(['create', 'web', '-o', directory]);
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    expect(await refusal(['enable-consumer', ...urls, '-s', 'web'])).toBe(why);
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 100 });
    await good(['run', '-s', 'web', '--', process.execPath, program]);
    await good(['destroy', 'web']);
    expect(ticksIn(directory)).toEqual(numbers(100));
    expect(readdirSync(relay.output)).toEqual([]);
  });

  it("are refused by LTTng's relay; the session writes where it wrote before", async ({ skip }) => {
    skip(!hasLttngRelayd(), 'needs lttng-tools');
    const relayd = await startLttngRelayd();
    const directory = temporaryDirectory();
    await good(['create', 'web', '-o', directory]);
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    const urls = urlsOf(relayd, relayd.dataPort);
    expect(await refusal(['enable-consumer', ...urls, '-s', 'web'])).toBe(
      `1: The relay cannot be used: at 127.0.0.1 ${relayd.controlPort}, ` +
        'the relay takes packets over TCP alone: it does not know UDP data (EIO) (RELAY_FAILED)',
    );
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 100 });
    await good(['run', '-s', 'web', '--', process.execPath, program]);
    await good(['destroy', 'web']);
    expect(ticksIn(directory)).toEqual(numbers(100));
  });
});
