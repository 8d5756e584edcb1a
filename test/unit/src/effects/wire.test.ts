/** What peers that do not read make us hold: each within its bound, and all together within theirs. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import type { EffectEvent } from '../../../../src/effects/contract/effects.ts';
import { createWireHandler } from '../../../../src/effects/wire.ts';
import { HELD_BYTES_MAX, SEND_QUEUE_BYTES_MAX } from '../../../../src/wire/limits.ts';

const PATH = '/tmp/s';
const KIB = 1024;
/** What the kernel takes of what is sent to a peer that does not read; a little less on a bad day. */
const MESSAGE = { type: 'registered', filling: 'x'.repeat(200 * KIB) };

interface Setting {
  readonly closed: { connection: string; cause: string }[];
  readonly log: () => string[];
  send(connection: string, times: number): void;
}

/** `count` adopted connections, named accepted-1 and so on, whose peers never read. */
function deafPeers(count: number): Setting {
  const simulation = new Simulation({ seed: 1, users: [], groups: {}, programs: {} });
  const server = simulation.login('root').world;
  const closed: { connection: string; cause: string }[] = [];
  const handle = createWireHandler(
    server,
    (_, event: EffectEvent) => {
      if (event.type === 'wire.closed') {
        closed.push({ connection: event.connection, cause: event.cause });
      }
    },
    false,
  );
  handle(
    { type: 'wire.listen', listener: 'l', path: PATH, mode: 0o600, protocol: 'app.registry' },
    'owner',
  );
  const peers = simulation.login('root').world;
  for (let index = 0; index < count; index++) peers.unix.connect(PATH, {}, () => undefined);
  simulation.run({ forMs: 10 });
  for (let index = 1; index <= count; index++) {
    const connection = `accepted-${index}`;
    handle({ type: 'wire.adopt', connection }, 'owner');
  }
  return {
    closed,
    log: () => simulation.log.map(({ event, fields }) => `${event}: ${String(fields['reason'])}`),
    send: (connection, times) => {
      for (let index = 0; index < times; index++) {
        handle({ type: 'wire.send', connection, message: MESSAGE }, 'owner');
      }
      simulation.run({ forMs: 10 });
    },
  };
}

const perMessage = 200 * KIB;

describe('a peer that does not read', () => {
  it('is held SEND_QUEUE_BYTES_MAX for, then cut off', () => {
    const { closed, log, send } = deafPeers(2);
    send('accepted-1', Math.floor(SEND_QUEUE_BYTES_MAX / perMessage));
    expect(closed).toEqual([]);
    send('accepted-1', 3);
    expect(closed).toEqual([{ connection: 'accepted-1', cause: 'overflow' }]);
    expect(log()).toEqual([
      `peer.cutOff: more than ${SEND_QUEUE_BYTES_MAX} bytes wait for a peer that does not read`,
    ]);
    send('accepted-2', 1);
    expect(closed).toHaveLength(1);
  });
});

describe('all peers together', () => {
  it('are held HELD_BYTES_MAX for; past it the one with most goes, and what it held is free again', () => {
    const share = Math.floor((HELD_BYTES_MAX * 0.19) / perMessage);
    const { closed, log, send } = deafPeers(6);
    send('accepted-3', share + 5);
    for (const index of [1, 2, 4, 5]) send(`accepted-${index}`, share);
    expect(closed).toEqual([]);
    send('accepted-6', share);
    expect(closed).toEqual([{ connection: 'accepted-3', cause: 'overflow' }]);
    expect(log()).toEqual([
      `peer.cutOff: all peers together hold more than ${HELD_BYTES_MAX} bytes`,
    ]);
  });
});
