/**
 * Fuzzes the peers of a registry: a registry of the right owner sends arbitrary messages to a command, a consumer and
 * an application's library. None of them may throw, hang or spin; the application must continue unchanged.
 */
import fc from 'fast-check';
import { allPages } from '../../actors/client/plans/plan.ts';
import { startApplication } from '../../actors/programs/application.ts';
import { startClient } from '../../actors/programs/client.ts';
import { startConsumer } from '../../actors/programs/consumer.ts';
import { encodeRaw, frame, rawValueOf } from '../../sim/adversaries/raw-msgpack.ts';
import { Simulation } from '../../sim/machine/simulation.ts';
import type { Connection, UnixListener } from '../../src/port/unix-sockets.ts';
import { u32 } from '../../src/tracer/types.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { decodeFrame, FrameParser } from '../../src/wire/frames.ts';
import { PROTOCOLS, type ProtocolName } from '../../src/wire/protocols.ts';
import { PLACE } from './arena.ts';
import { type Blow, blows, validBlows } from './hostile.ts';
import { add, count, newTally, plainReason, type Tally } from './tally.ts';

const UUID = '01234567-89ab-4cde-8f01-23456789abcd';
const KNOWN = { id: [1, 2, 3], session: [UUID], uuid: [UUID], major: [1], revision: [1, 2, 3] };
/** Longer than every timeout of a command and a consumer. */
const RUN_MS = 200_000;
/** Bound of a program's World calls in that time: a program that spins makes many more. */
const CALLS_MAX = 40_000;
const EMIT_MS = 50;
const CLIENT_PROGRAMS = ['lttng', 'ust-consumerd'] as const;

/** The registry's messages to each kind of peer, in order. */
interface Script {
  readonly greetings: readonly Blow[];
  readonly blows: readonly Blow[];
  readonly registers: boolean;
  /** What the registry does to a peer after the last message. */
  readonly ends: boolean;
}
type Scripts = Readonly<Record<'lttng' | 'ust-consumerd' | 'application', Script>>;

const WELCOME = {
  type: 'welcome',
  major: CONTROL_PROTOCOL_MAJOR,
  minor: 0,
  scope: 'global',
  pid: 1,
};

function scriptOf(
  greeting: unknown,
  handshake: ProtocolName,
  after: ProtocolName,
  first: readonly unknown[] = [],
): fc.Arbitrary<Script> {
  const usual = [greeting, ...first].map(said);
  return fc.record({
    greetings: fc.oneof(
      { arbitrary: fc.constant(usual), weight: 5 },
      {
        arbitrary: fc.array(blows(PROTOCOLS[handshake].schema, KNOWN), { maxLength: 2 }),
        weight: 1,
      },
    ),
    blows: fc.oneof(
      fc.array(validBlows(PROTOCOLS[after].schema, KNOWN), { maxLength: 10 }),
      fc.array(blows(PROTOCOLS[after].schema, KNOWN), { maxLength: 6 }),
    ),
    registers: fc.constantFrom(true, true, true, false),
    ends: fc.boolean(),
  });
}

const scripts: fc.Arbitrary<Scripts> = fc.record({
  lttng: scriptOf(WELCOME, 'control.client', 'control.client'),
  'ust-consumerd': scriptOf(WELCOME, 'control.consumer', 'control.consumer', [
    { type: 'session', name: 'hostile', uuid: UUID, output: '/tmp/out', segments: [] },
  ]),
  application: scriptOf(
    { type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 },
    'app.library',
    'channel.library',
  ),
});

/** Runs `runs` simulated machines with such a registry. */
export function fuzzVictims(runs: number, seed: number): Tally {
  const tally = newTally();
  for (const [index, drawn] of fc.sample(scripts, { numRuns: runs, seed }).entries()) {
    const one = newTally();
    runOne(seed + index, drawn, one);
    add(tally, one);
  }
  return tally;
}

function runOne(seed: number, drawn: Scripts, tally: Tally): void {
  let emitted = 0;
  let clientDone = false;
  const simulation = new Simulation({
    seed,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] }],
    groups: { root: 0, alice: 1001, tracing: 2000 },
    programs: {
      lttng: (world) =>
        startClient(world, {
          plan: allPages(['session.list', 'app.list']),
          sessiond: undefined,
          onDone: () => {
            clientDone = true;
          },
        }),
      'ust-consumerd': (world) => startConsumer(world, { scope: 'global', sessionUuid: UUID }),
      application: (world) => {
        const { tracer } = startApplication(world);
        const tick = tracer.tracepoint('friend:tick', { n: u32 });
        const emit = (): void => {
          tick({ n: emitted++ });
          world.clock.setTimer(EMIT_MS, emit);
        };
        emit();
      },
    },
  });
  const defect = (text: string): void => void tally.defects.push(`seed ${seed}: ${text}`);
  const kindByPid = new Map<number, keyof Scripts>();
  serve(simulation, drawn, kindByPid, tally);
  const victims = [...CLIENT_PROGRAMS, 'application' as const].map((program) => {
    const process = simulation.spawn('alice', program);
    kindByPid.set(process.pid, program);
    return process;
  });
  simulation.run({ forMs: RUN_MS });
  for (const { program, exit, isAlive, calls } of victims) {
    if (program === 'application') {
      if (!isAlive) defect(`application ended: ${JSON.stringify(exit)}`);
      if (emitted < RUN_MS / EMIT_MS / 2) defect('application stopped recording');
    } else if (
      program === 'ust-consumerd' &&
      !isAlive &&
      ![0, 1, 2, 4].includes(exit?.code ?? -1)
    ) {
      defect(`consumer ended: ${JSON.stringify(exit)}`);
    } else if (program === 'lttng' && !clientDone) defect('command did not end');
    if (calls > CALLS_MAX) defect(`${program} made ${calls} calls`);
  }
  for (const { program, kind, error } of simulation.violations) {
    defect(`${program} threw in ${kind}: ${error instanceof Error ? error.stack : String(error)}`);
  }
  for (const { program, event, fields } of simulation.log) {
    if (['actor.eventIgnored', 'program.failed', 'tracer.failed'].includes(event)) {
      defect(`${program}: ${event} ${JSON.stringify(fields)}`);
    }
    const reason = fields['reason'];
    if (event === 'peer.cutOff') count(tally.cutOff, plainReason(String(reason)));
  }
}

/** Listens at the global registry's path and answers each message with the next message of the script. */
function serve(
  simulation: Simulation,
  drawn: Scripts,
  kindByPid: ReadonlyMap<number, keyof Scripts>,
  tally: Tally,
): void {
  const { world } = simulation.login('root');
  const made = world.files.makeDirectory('/run/lttng-ts', 0o755);
  if (!made.ok) throw new Error(made.error.code);
  const say = (connection: Connection, { kind, bytes }: Blow): void => {
    count(tally.sent, kind);
    connection.send(bytes);
  };
  const converse = (
    connection: Connection,
    script: Script,
    listener: UnixListener | undefined,
  ): void => {
    const parser = new FrameParser();
    const queue = [...script.greetings, ...(listener === undefined ? script.blows : [])];
    connection.start({
      onData: (bytes) => {
        for (const body of parser.push(bytes).bodies) {
          const message = decodeFrame(Buffer.concat([Buffer.alloc(4), body])) as Record<
            string,
            unknown
          >;
          if (message['type'] === 'register' && listener !== undefined) {
            if (script.registers) register(connection, message, script, listener);
            continue;
          }
          const next = queue.shift();
          if (next !== undefined) say(connection, next);
          // Also sends messages out of turn, several at a time.
          while (queue.length > 6) say(connection, queue.shift() as Blow);
          if (queue.length === 0 && script.ends) connection.close();
        }
      },
      onClose: () => undefined,
    });
  };
  const register = (
    main: Connection,
    message: Record<string, unknown>,
    script: Script,
    listener: UnixListener,
  ): void => {
    const peer = main.peer();
    if (!peer.ok) return;
    const taken = listener.claimSocket(String(message['token']), peer.value);
    main.send(said({ type: 'registered' }).bytes);
    if (!taken.ok) return;
    const channel = taken.value;
    channel.start({ onData: () => undefined, onClose: () => undefined });
    for (const blow of script.blows) say(channel, blow);
    if (script.ends) channel.close();
  };
  let listener: UnixListener | undefined;
  const apps = world.unix.listen(PLACE.app, { mode: 0o666 }, (connection) =>
    converse(connection, drawn.application, listener),
  );
  if (apps.ok) listener = apps.value;
  world.unix.listen(PLACE.client, { mode: 0o666 }, (connection) => {
    const peer = connection.peer();
    const kind = peer.ok ? kindByPid.get(peer.value.pid) : undefined;
    converse(connection, drawn[kind ?? 'lttng'], undefined);
  });
}

function said(message: unknown): Blow {
  return { kind: 'valid', bytes: frame(encodeRaw(rawValueOf(message))) };
}
