/**
 * The wire handler knows no protocol: a codec of binary structs, with a header as LTTng's viewers send it, passes
 * through it as MessagePack does.
 */
import { describe, expect, it } from 'vitest';
import type { SimProcess } from '../../../../sim/machine/process/process.ts';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { fail, ok, type Result } from '../../../../src/base/result.ts';
import type { EffectEvent } from '../../../../src/effects/contract/effects.ts';
import { createWireHandler } from '../../../../src/effects/wire.ts';
import type { Connection } from '../../../../src/port/unix-sockets.ts';
import type { Codec, Decoded, Protocol } from '../../../../src/wire/codec.ts';
import { PROTOCOLS } from '../../../../src/wire/protocols.ts';

interface Command {
  readonly command: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 16;
const PAYLOAD_BYTES_MAX = 40;

/** Data size u64, command u32, version u32, all big-endian; then the data. */
class StructCodec implements Codec<Command, Command> {
  #held = new Uint8Array(0);

  get heldBytes(): number {
    return this.#held.byteLength;
  }

  decode(bytes: Uint8Array): Decoded<Command> {
    const stream = Uint8Array.of(...this.#held, ...bytes);
    const view = new DataView(stream.buffer);
    const messages: Command[] = [];
    let at = 0;
    while (at + HEADER_BYTES <= stream.length) {
      const size = Number(view.getBigUint64(at));
      const [command, version] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      if (size > PAYLOAD_BYTES_MAX) return { messages, trouble: tooLong(size) };
      if (version !== 0) return { messages, trouble: `command of version ${version}` };
      const end = at + HEADER_BYTES + size;
      if (end > stream.length) break;
      messages.push({ command, payload: stream.slice(at + HEADER_BYTES, end) });
      at = end;
    }
    this.#held = stream.slice(at);
    return { messages };
  }

  encode({ command, payload }: Command): Result<Uint8Array, string> {
    return payload.length > PAYLOAD_BYTES_MAX
      ? fail(tooLong(payload.length))
      : ok(frame(payload.length, command, 0, payload));
  }
}

const STRUCTS: Protocol<Command, Command> = { open: () => new StructCodec() };

function tooLong(bytes: number): string {
  return `data of ${bytes} bytes, more than ${PAYLOAD_BYTES_MAX}`;
}

function frame(size: number, command: number, version: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(size));
  view.setUint32(8, command);
  view.setUint32(12, version);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

const PATH = '/tmp/s';
const NOTHING = new Uint8Array(0);

interface Peer {
  readonly process: SimProcess;
  send(bytes: Uint8Array): void;
  heard(): Uint8Array;
}

interface Setting {
  readonly simulation: Simulation;
  readonly events: EffectEvent[];
  readonly handle: ReturnType<typeof createWireHandler>;
  /** Its connection is called accepted-1, the next one's accepted-2. */
  connect(): Peer;
}

function setting(): Setting {
  const users = [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }];
  const simulation = new Simulation({ seed: 1, users, groups: { alice: 1001 }, programs: {} });
  const events: EffectEvent[] = [];
  const handle = createWireHandler(
    simulation.login('root').world,
    (owner, event) => {
      events.push(event);
      if (event.type !== 'wire.accepted') return;
      handle({ type: 'wire.adopt', connection: event.connection }, owner);
    },
    false,
    { ...PROTOCOLS, 'control.registry': STRUCTS },
  );
  const protocol = 'control.registry';
  handle({ type: 'wire.listen', listener: 'l', path: PATH, mode: 0o666, protocol }, 'owner');
  const connect = (): Peer => {
    const process = simulation.login('alice');
    let connection: Connection | undefined;
    let heard = NOTHING;
    process.world.unix.connect(PATH, {}, (outcome) => {
      if (!outcome.ok) throw new Error(outcome.error.code);
      connection = outcome.value;
      connection.start({
        onData: (bytes) => {
          heard = Uint8Array.of(...heard, ...bytes);
        },
        onClose: () => undefined,
      });
    });
    simulation.run({ forMs: 10 });
    return {
      process,
      heard: () => heard,
      send: (bytes) => {
        connection?.send(bytes);
        simulation.run({ forMs: 10 });
      },
    };
  };
  return { simulation, events, handle, connect };
}

function messagesOf(events: readonly EffectEvent[], of = 'accepted-1'): unknown[] {
  return events.flatMap((event) =>
    event.type === 'wire.message' && event.connection === of ? [event.message] : [],
  );
}

const COMMANDS: readonly Command[] = [
  { command: 3, payload: Uint8Array.of(1, 2, 3, 4, 5) },
  { command: 1, payload: NOTHING },
  { command: 0xffff_ffff, payload: new Uint8Array(PAYLOAD_BYTES_MAX).fill(7) },
];
const STREAM = Uint8Array.from(
  COMMANDS.flatMap(({ command, payload }) => [...frame(payload.length, command, 0, payload)]),
);

describe('a codec of binary structs', () => {
  it('receives the same commands wherever the stream is cut', () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const { connect, events } = setting();
      const peer = connect();
      peer.send(STREAM.subarray(0, cut));
      peer.send(STREAM.subarray(cut));
      expect(messagesOf(events)).toEqual(COMMANDS);
    }
    const { connect, events } = setting();
    const peer = connect();
    for (const byte of STREAM) peer.send(Uint8Array.of(byte));
    expect(messagesOf(events)).toEqual(COMMANDS);
  });

  it.each([
    ['one past its bound', PAYLOAD_BYTES_MAX + 1, 0, tooLong(PAYLOAD_BYTES_MAX + 1)],
    ['a malformed one', 0, 9, 'command of version 9'],
  ])('has the peer of %s cut off, after what came before it', (_, size, version, reason) => {
    const { simulation, connect, events } = setting();
    const [culprit, other] = [connect(), connect()];
    culprit.send(Uint8Array.of(...STREAM, ...frame(size, 2, version, NOTHING), ...STREAM));
    other.send(STREAM);
    expect(messagesOf(events)).toEqual(COMMANDS);
    expect(messagesOf(events, 'accepted-2')).toEqual(COMMANDS);
    const cause = 'invalid';
    expect(events.filter(({ type }) => type === 'wire.closed')).toEqual([
      { type: 'wire.closed', connection: 'accepted-1', cause, reason },
    ]);
    const fields = { cause, reason, pid: culprit.process.pid, uid: 1001, gid: 1001 };
    expect(simulation.log.map(({ event, fields: said }) => [event, said])).toEqual([
      ['peer.cutOff', fields],
    ]);
  });

  it('sends at the bound, and cuts off who would be sent more', () => {
    const { simulation, connect, events, handle } = setting();
    const peer = connect();
    const say = (message: Command): void => {
      handle({ type: 'wire.send', connection: 'accepted-1', message }, 'owner');
      simulation.run({ forMs: 10 });
    };
    for (const command of COMMANDS) say(command);
    expect(peer.heard()).toEqual(STREAM);
    say({ command: 1, payload: new Uint8Array(PAYLOAD_BYTES_MAX + 1) });
    expect(peer.heard()).toEqual(STREAM);
    const reason = tooLong(PAYLOAD_BYTES_MAX + 1);
    expect(events.at(-1)).toEqual({
      type: 'wire.closed',
      connection: 'accepted-1',
      cause: 'overflow',
      reason,
    });
  });
});
