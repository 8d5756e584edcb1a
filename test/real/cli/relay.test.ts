/** Sessions whose trace goes to a relay, on the command line (R2.11, R3.3, R3.4, R3.7): ours, and LTTng's. */
import { chmodSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interopTable } from '../../support/real/interop-table.ts';
import { hasLttngRelayd, startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { tickProgram } from '../../support/real/programs.ts';
import { numbers, RelayCommands, ticksIn } from '../../support/real/relay-commands.ts';
import { type OurRelay, startOurRelay } from '../../support/real/relayd.ts';
import {
  accountOf,
  daemonOf,
  type Finished,
  makePlace,
  type Place,
  processesOf,
  until,
} from '../../support/real/sandbox.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const a = accountOf('lttng-ts-a');
const c = accountOf('lttng-ts-c');

const noteInterop = interopTable('lttng-relayd');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

const { run, good, refusal, sessionNow } = new RelayCommands(() => place);

describe('a session with a relay', () => {
  it('sends its trace there from its creation to its end, and says so', async () => {
    const relay = await startOurRelay(place.directory);
    expect(await good(['create', 'web', '-U', relay.url])).toBe(
      `Created session web; its trace goes to ${relay.url}`,
    );
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    const program = tickProgram(place, { batch: 10, pauseMs: 5, total: 1000 });
    await good(['run', '-s', 'web', '--', process.execPath, program]);
    // The consumer tells the registry of its progress once a second.
    await expect
      .poll(() => good(['status']), { timeout: 10_000 })
      .toMatch(/acknowledged +[1-9]\d* packets?,.*, last at /);
    const status = await good(['status']);
    expect(status).toContain(`relay         ${relay.url}\n`);
    expect(status).toContain('connection    connected\n');
    expect(status).toMatch(/in flight +\d+ packets?, [\d.]+ \S+\n/);
    expect(status).toMatch(/buffered +(nothing|\d+ events?,)/);
    expect(await good(['stop', 'web'])).toBe(`Stopped session web; its trace is at ${relay.url}`);
    expect(await sessionNow()).toMatchObject({
      link: { state: 'connected', packetsInFlight: 0, bytesInFlight: 0 },
      buffered: { events: 0, bytes: 0, streams: 0 },
    });
    expect(await good(['destroy', 'web'])).toBe(
      `Destroyed session web; its trace is at ${relay.url}`,
    );
    expect(ticksIn(relay.output)).toEqual(numbers(1000));
  });

  it('is created only if the relay can be reached', async () => {
    expect(await refusal(['create', 'web', '-U', 'net://127.0.0.1:1:2'])).toBe(
      '1: Cannot connect to the relay at 127.0.0.1, control port 1: 127.0.0.1 (ECONNREFUSED) (RELAY_UNREACHABLE)',
    );
    expect(await refusal(['create', 'web', '-U', 'net://host.invalid'])).toBe(
      '1: There is no host "host.invalid" (HOST_UNKNOWN)',
    );
    expect(await good(['list', '--sessions'])).toBe('No session; "lttng create" creates one.');
  });

  it('is recorded by one command', async () => {
    const relay = await startOurRelay(place.directory);
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 200 });
    const record = ['record', '-U', relay.url, '-e', 'test:*', '--', process.execPath, program];
    const { status, stderr } = await run(record);
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`Sent the trace to ${relay.url}`) as unknown,
    });
    expect(ticksIn(relay.output)).toEqual(numbers(200));
  });

  it('belongs to each of two users', async ({ skip }) => {
    skip(a === undefined || c === undefined, 'needs root to act as several users');
    const relay = await startOurRelay(place.directory);
    chmodSync(place.directory, 0o755);
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 100 });
    for (const account of [a, c]) {
      await good(['create', 'web', '-U', relay.url], account);
      await good(['add-event', 'test:*', '-s', 'web'], account);
      await good(['start', 'web'], account);
      await good(['run', '-s', 'web', '--', process.execPath, program], account);
    }
    for (const account of [a, c]) await good(['destroy', 'web'], account);
    expect(ticksIn(relay.output)).toEqual(numbers(100).flatMap((one) => [one, one]));
  });
});

describe('a way through another relay', () => {
  /** A relay in a directory of its own; it forwards to this one. */
  async function hopTo(to?: OurRelay): Promise<OurRelay> {
    const ports = to === undefined ? [] : [to.controlPort, to.dataPort];
    const options = ports.flatMap((port) => ['--forward-to', `127.0.0.1:${port}`]);
    return startOurRelay(temporaryDirectory(), { options });
  }
  const record = (url: string): Promise<Finished> => {
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 500 });
    return run(['record', '-U', url, '-e', 'test:*', '--', process.execPath, program]);
  };

  it('ends in the trace of this host at the last one (R3.8)', async () => {
    const store = await hopTo();
    const hop = await hopTo(store);
    const url = `${hop.url},${store.url}`;
    const { status, stderr } = await record(url);
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`Sent the trace to ${url}`) as unknown,
    });
    expect(ticksIn(store.output)).toEqual(numbers(500));
    expect(readdirSync(store.output)).toEqual([hostname()]);
    expect(readdirSync(hop.output)).toEqual([]);
    expect(hop.logged('relay.forwarding')).toBe(2);
  });

  it('is shown as it was given', async () => {
    const store = await hopTo();
    const hop = await hopTo(store);
    const url = `${hop.url},${store.url}/below`;
    await good(['create', 'web', '-U', url]);
    expect(await good(['status'])).toContain(`relay         ${url}\n`);
    expect(await good(['list', 'web'])).toContain(url);
    await good(['destroy', 'web']);
    const at = (port: number): string => `tcp://127.0.0.1:${port}`;
    const control = `${at(hop.controlPort)},${at(store.controlPort)}`;
    const data = at(store.dataPort);
    expect(await good(['create', 'web', '-C', control, '-D', data])).toContain(
      `${control} (control), ${data} (data)`,
    );
    await good(['destroy', 'web']);
  });

  it('is refused by the relay that does not forward, and nothing runs', async () => {
    const [store, hop] = [await hopTo(), await hopTo()];
    const { status, stdout, stderr } = await record(`${hop.url},${store.url}`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const why = `at 127.0.0.1 ${hop.controlPort}, the relay refused forward: it forwards nothing`;
    expect(stderr).toContain(`cannot start: the relay cannot be used: ${why} (EIO)`);
    expect(await good(['list', '--sessions'])).toBe('No session; "lttng create" creates one.');
    expect(await refusal(['create', 'web', '-U', `${hop.url},${store.url}`])).toBe(
      `1: The relay cannot be used: ${why} (EIO) (RELAY_FAILED)`,
    );
  });
});

describe('enable-consumer and disable-consumer', () => {
  it('move a recording from a directory to a relay and back; nothing is lost, nothing twice', async () => {
    const relay = await startOurRelay(place.directory);
    const [first, second] = [temporaryDirectory(), temporaryDirectory()];
    await good(['create', 'web', '-o', first]);
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    const program = tickProgram(place, { batch: 10, pauseMs: 10, total: 0 });
    const running = place.startLttng(['run', '-s', 'web', '--', process.execPath, program]);
    await running.line(/^100$/);
    // The switch timer writes what is in the begun sub-buffer.
    await expect.poll(() => readdirSync(first), { timeout: 30_000 }).toContain('ust');
    expect(await good(['enable-consumer', relay.url, '-s', 'web'])).toBe(
      `The consumer of session web writes to ${relay.url}`,
    );
    await expect
      .poll(async () => (await sessionNow())?.link?.packetsStored, { timeout: 30_000 })
      .toBeGreaterThan(0);
    expect(await refusal(['enable-consumer', `file://${second}`, '-s', 'web'])).toBe(
      '1: The consumer of session "web" is enabled, so its destination is frozen; ' +
        '"lttng disable-consumer" comes first (FROZEN)',
    );
    expect(await good(['disable-consumer', '-s', 'web'])).toBe(
      'Disabled the consumer of session web',
    );
    expect((await sessionNow())?.destination?.state).toBe('disabled');
    await good(['enable-consumer', `file://${second}`, '-s', 'web']);
    await good(['destroy', 'web']);
    running.kill('SIGTERM');
    await running.finished;
    const parts = [first, relay.output, second].map(ticksIn);
    expect(parts.every((part) => part.length > 0)).toBe(true);
    const all = parts.flat();
    expect(all).toEqual(numbers(all.length));
  });

  it('say at once that a relay is gone, and connect to the next one', async () => {
    const relay = await startOurRelay(place.directory);
    await good(['create', 'web', '-U', relay.url]);
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    const program = tickProgram(place, { batch: 10, pauseMs: 10, total: 1000 });
    const running = place.startLttng(['run', '-s', 'web', '--', process.execPath, program]);
    await running.line(/^100$/);
    await relay.kill();
    await running.finished;
    const lost = `he connection to ${relay.url} is lost: the relay closed the connection`;
    expect(await good(['status'])).toContain(`Problem: T${lost} (RELAY_LOST)`);
    expect(await refusal(['stop', 'web'])).toMatch(/^4: .*\(NOT_WRITTEN\)$/);
    expect(await refusal(['start', 'web'])).toBe(
      `1: Session "web" cannot start: t${lost}; "lttng enable-consumer" connects again (RELAY_LOST)`,
    );
    expect(await refusal(['destroy', 'web'])).toMatch(/^4: .*\(NOT_WRITTEN\)$/);
    expect(await refusal(['enable-consumer', '-s', 'web'])).toBe(
      `1: Cannot connect to the relay at 127.0.0.1, control port ${relay.controlPort}: ` +
        '127.0.0.1 (ECONNREFUSED) (RELAY_UNREACHABLE)',
    );
    await relay.again();
    await good(['enable-consumer', '-s', 'web']);
    await good(['destroy', 'web']);
    // What the killed relay had stored and had not acknowledged is sent again.
    expect([...new Set(ticksIn(relay.output))]).toEqual(numbers(1000));
  });
});

describe('kill -9 while a session sends to a relay', () => {
  const stored = async (): Promise<number> => (await sessionNow())?.link?.packetsStored ?? 0;
  /** Waits until the present consumer has got more packets to the relay. */
  const storing = (more = 0): Promise<void> =>
    expect.poll(stored, { timeout: 30_000 }).toBeGreaterThan(more);
  const kill = (name: 'lttng-sessiond' | 'ust-consumerd'): number => {
    const pid = daemonOf(place, name);
    process.kill(pid, 'SIGKILL');
    return pid;
  };

  it('of the registry, the consumer and the relay in turn costs no event (R3.4, R3.7)', {
    timeout: 240_000,
  }, async () => {
    const relay = await startOurRelay(place.directory);
    await good(['create', 'web', '-U', relay.url]);
    // The switch timer sends what is in the begun sub-buffer.
    await good(['enable-channel', 'quick', '-s', 'web', '--switch-timer', '20000']);
    await good(['add-event', 'test:*', '-s', 'web', '-c', 'quick']);
    await good(['start', 'web']);
    const program = tickProgram(place, { batch: 10, pauseMs: 10, total: 0 });
    const running = place.startLttng(['run', '-s', 'web', '--', process.execPath, program]);
    await running.line(/^100$/);
    await storing();

    // The consumer keeps its link, and the next registry learns of it.
    const consumer = daemonOf(place, 'ust-consumerd');
    const packets = await stored();
    kill('lttng-sessiond');
    await storing(packets);
    expect(daemonOf(place, 'ust-consumerd')).toBe(consumer);

    // The next consumer gets a link of its own, without a command about the relay.
    kill('ust-consumerd');
    await good(['consume', '--continue', '-s', 'web']);
    await storing();
    expect(daemonOf(place, 'ust-consumerd')).not.toBe(consumer);

    // Both at once.
    kill('ust-consumerd');
    kill('lttng-sessiond');
    await good(['consume', '--continue', '-s', 'web']);
    await storing();

    // What the relay had acknowledged is there, whatever became of it.
    await relay.kill();
    const kept = ticksIn(relay.output);
    expect([...new Set(kept)]).toEqual(numbers((kept.at(-1) ?? -1) + 1));
    expect(kept.length).toBeGreaterThan(0);
    const state = async (): Promise<unknown> => (await sessionNow())?.destination?.state;
    await expect.poll(state, { timeout: 30_000 }).toBe('lost');
    await relay.again();
    await good(['enable-consumer', '-s', 'web']);
    await storing();
    running.kill('SIGTERM');
    const { stdout } = await running.finished;
    await good(['destroy', 'web']);
    const all = ticksIn(relay.output);
    const printed = Number(stdout.trimEnd().split('\n').at(-1));
    expect(printed).toBeGreaterThan(kept.length);
    // What a killed consumer or relay left unacknowledged may be there twice.
    expect([...new Set(all)].slice(0, printed)).toEqual(numbers(printed));
  });
});

describe('recover -o', () => {
  it('writes into files what a killed relay had not acknowledged, after every process was killed', async () => {
    const relay = await startOurRelay(place.directory);
    await good(['create', 'web', '-U', relay.url]);
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    const program = tickProgram(place, { batch: 10, pauseMs: 5, total: 0 });
    const running = place.startLttng(['run', '-s', 'web', '--', process.execPath, program]);
    await expect
      .poll(async () => (await sessionNow())?.link?.packetsStored, { timeout: 30_000 })
      .toBeGreaterThan(0);
    await relay.kill();
    // Some events are recorded that the relay never sees.
    const { events = 0 } = (await sessionNow())?.buffered ?? {};
    await expect
      .poll(async () => (await sessionNow())?.buffered?.events, { timeout: 30_000 })
      .toBeGreaterThan(events + 100);
    for (const pid of processesOf(place.directory)) process.kill(pid, 'SIGKILL');
    const { stdout } = await running.finished;
    const emitted = Number(stdout.trim().split('\n').at(-1));
    expect(await refusal(['recover'])).toMatch(/^1: .*"lttng recover web -o PATH" writes/);
    const saved = temporaryDirectory();
    expect(await good(['recover', '-o', saved])).toMatch(
      /^Recovered session web: [\d,]+ events in/,
    );
    const found = [...new Set([...ticksIn(relay.output), ...ticksIn(`${saved}/web`)])];
    found.sort((one, other) => one - other);
    expect(found.length).toBeGreaterThanOrEqual(emitted);
    expect(found).toEqual(numbers(found.length));
    expect(await good(['list', '--sessions'])).toBe('No session; "lttng create" creates one.');
  });
});

describe("LTTng's relay daemon", () => {
  it('gets the trace of our session, event for event', async ({ skip }) => {
    skip(!hasLttngRelayd() || !hasBabeltrace(), 'needs lttng-tools and babeltrace2');
    const relayd = await startLttngRelayd();
    const at = (port: number): string => `tcp://localhost:${port}`;
    const urls = ['-C', at(relayd.controlPort), '-D', at(relayd.dataPort)];
    await good(['create', 'web', ...urls]);
    await good(['add-event', 'test:*', '-s', 'web']);
    await good(['start', 'web']);
    const program = tickProgram(place, { batch: 10, pauseMs: 5, total: 1000 });
    await good(['run', '-s', 'web', '--', process.execPath, program]);
    await good(['destroy', 'web']);
    await until(() => runBabeltrace(relayd.output).lines.length === 1000);
    noteInterop({
      what: "our session to LTTng's relay, read by babeltrace2",
      sent: 1000,
      read: 1000,
    });
    expect(ticksIn(relayd.output)).toEqual(numbers(1000));
  });
});

it.each([
  [
    ['create', '-U', 'net://re lay'],
    'The URL "net://re lay" is wrong at character 7: ' +
      'a host is an address or a name of letters, digits, "-", "_" and "." (USAGE)',
  ],
  [
    ['create', '-U', 'net://r:x'],
    'The URL "net://r:x" is wrong at character 9: the control port is a number from 1 to 65535 (USAGE)',
  ],
  [
    ['create', '-C', 'tcp://r'],
    '-C and -D belong together: control and data each need an address (USAGE)',
  ],
  [
    ['create', '-C', 'udp://r', '-D', 'tcp://r'],
    'The URL "udp://r" is wrong at character 1: the control stream is TCP only; udp:// is for the data stream (USAGE)',
  ],
  [
    ['create', '-U', 'udp://r'],
    'The URL "udp://r" is wrong at character 1: the control stream is TCP only; udp:// is for the data stream (USAGE)',
  ],
  [
    ['create', '-C', 'tcp://r', '-D', 'tcp://h,udp://r'],
    'The URL "tcp://h,udp://r" is wrong at character 9: the way through a hop is TCP only (USAGE)',
  ],
  [
    ['create', '-C', 'tcp://h,tcp://r', '-D', 'udp://r'],
    'The URL "udp://r" is wrong at character 1: the way through a hop is TCP only (USAGE)',
  ],
  [
    ['create', '-U', 'net://r', '-o', '/tmp/x'],
    'Use -o for a directory or a URL for a relay, not both (USAGE)',
  ],
  [
    ['create', '-U', 'net://r', '--snapshot'],
    'A flight recorder (--snapshot) sends nothing to a relay (USAGE)',
  ],
  [
    ['record', '-U', 'net://r', '--on-crash', '--', 'true'],
    '--on-crash writes a snapshot, which goes to no relay (USAGE)',
  ],
  [
    ['enable-consumer', 'net://r', '-U', 'net://r'],
    'Use one URL, as an argument or with -U (USAGE)',
  ],
  [
    ['enable-consumer', 'net://r', '-C', 'tcp://r', '-D', 'tcp://r'],
    'Use one URL, or -C and -D, not both (USAGE)',
  ],
])('%j is a usage error', async (args, sentence) => {
  expect(await refusal(args)).toBe(`2: ${sentence}`);
});
