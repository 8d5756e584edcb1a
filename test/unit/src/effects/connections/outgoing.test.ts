/** Connections that an actor makes to pass them on: outcomes, and that nothing stays when it releases them (R3.3). */
import { expect, it } from 'vitest';
import { createNetworkHandler } from '../../../../../src/effects/connections/outgoing.ts';
import type { NetworkEffect, NetworkEvent } from '../../../../../src/effects/contract/network.ts';
import { must } from '../../../../support/ring/memory.ts';
import { Hosts, LISTENER } from '../../../../support/simulated/hosts.ts';

const PATH = '/run/link-1';

class Stage {
  readonly hosts = new Hosts(1);
  readonly events: NetworkEvent[] = [];
  readonly #handle = createNetworkHandler(this.hosts.here, (to, event) => {
    expect(to).toBe('link');
    this.events.push(event as NetworkEvent);
  });

  constructor() {
    this.hosts.network.names.set('relay', [LISTENER.host]);
  }

  perform(effect: NetworkEffect, forMs = 500): NetworkEvent | undefined {
    this.#handle(effect, 'link');
    this.hosts.pass(forMs);
    return this.events.at(-1);
  }

  connect(connection: string): NetworkEvent | undefined {
    return this.perform({ type: 'network.connect', connection, address: LISTENER });
  }

  /** Why each accepted connection ended. */
  reasons(): string[] {
    return this.hosts.accepted.map(({ reason }) => reason);
  }
}

it('looks names up, and connects', () => {
  const stage = new Stage();
  expect(stage.perform({ type: 'network.resolve', host: 'relay' })).toEqual({
    type: 'network.resolved',
    addresses: [LISTENER.host],
  });
  expect(stage.perform({ type: 'network.resolve', host: 'nobody' })).toMatchObject({
    type: 'network.resolveFailed',
    error: { code: 'ENOTFOUND' },
  });
  expect(stage.connect('control')).toEqual({ type: 'network.connected', connection: 'control' });
  const address = { ...LISTENER, port: 1 };
  expect(stage.perform({ type: 'network.connect', connection: 'data', address })).toMatchObject({
    type: 'network.connectFailed',
    connection: 'data',
    error: { code: 'ECONNREFUSED' },
  });
});

it('passes both connections to the process that has come for them (R3.4)', () => {
  const stage = new Stage();
  const { identity, network } = stage.hosts.here;
  const { pid, uid, gid } = identity;
  stage.connect('control');
  stage.connect('data');
  const opened = stage.perform({ type: 'network.openPassage', path: PATH, uid });
  expect(opened).toEqual({ type: 'network.passageOpened' });
  const pass = {
    type: 'network.pass',
    to: { pid, uid, gid },
    connections: ['control', 'data'],
  } as const;
  expect(stage.perform(pass)).toMatchObject({
    type: 'network.passFailed',
    error: { code: 'EAGAIN' },
  });
  const reached = must(network.reachPassage(PATH));
  expect(stage.perform(pass)).toEqual({ type: 'network.passed' });
  expect(must(reached.take())).toHaveLength(2);
  stage.perform({ type: 'network.release' });
  expect(stage.reasons()).toEqual(['', '']);
  expect(network.reachPassage(PATH)).toMatchObject({ error: { code: 'ENOENT' } });
});

it('says that a passage cannot be opened', () => {
  const stage = new Stage();
  const { uid } = stage.hosts.here.identity;
  stage.perform({ type: 'network.openPassage', path: PATH, uid });
  expect(stage.perform({ type: 'network.openPassage', path: PATH, uid })).toMatchObject({
    type: 'network.passageFailed',
    error: { code: 'EADDRINUSE' },
  });
});

it('leaves nothing half-open when the actor releases what it has (R3.3)', () => {
  const stage = new Stage();
  const { network } = stage.hosts;
  stage.connect('control');
  stage.perform({ type: 'network.connect', connection: 'data', address: LISTENER }, 0);
  stage.perform({ type: 'network.release' }, 2_000);
  expect(stage.events).toEqual([{ type: 'network.connected', connection: 'control' }]);
  expect(stage.reasons().filter((reason) => reason === '')).toEqual([]);
  expect(network.endsOf('alpha')).toEqual([]);
  stage.perform({ type: 'network.release' });
});
