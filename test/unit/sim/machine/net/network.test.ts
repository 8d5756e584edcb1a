/** Hosts on one simulated network: their addresses, their names, and the limits of their kernels. */
import { describe, expect, it } from 'vitest';
import { QUIRKS } from '../../../../../sim/machine/core/quirks.ts';
import { Network } from '../../../../../sim/machine/net/network.ts';
import { Simulation } from '../../../../../sim/machine/simulation.ts';
import type { TcpConnection } from '../../../../../src/port/network.ts';
import type { World } from '../../../../../src/port/world.ts';
import { EMPTY, Hosts, LISTENER, PORT, send } from '../../../../support/simulated/hosts.ts';

const SEEDS = [1, 2, 3, 4, 5];

describe('hosts on a network', () => {
  it.each(SEEDS)('connect, and each knows the address of the other (seed %i)', (seed) => {
    const stage = new Hosts(seed, QUIRKS);
    const { client, server } = stage.pair();
    expect(server.connection.remote).toEqual(client.connection.local);
    expect(client.connection.local.host).toBe('10.0.0.1');
    expect(client.connection.remote).toEqual(LISTENER);
    send(client, 'from alpha');
    send(server, 'from beta');
    stage.pass(2_000);
    expect([server.text, client.text]).toEqual(['from alpha', 'from beta']);
    client.connection.close();
    stage.pass(2_000);
    expect([client.reason, server.reason]).toEqual(['local', 'ended']);
    expect([stage.network.endsOf('alpha'), stage.network.endsOf('beta')]).toEqual([[], []]);
  });

  it('are the same run with the same seed', () => {
    const hashes = [1, 1, 2].map((seed) => {
      const stage = new Hosts(seed, QUIRKS);
      send(stage.pair().client, 'hello');
      stage.pass(1_000);
      return stage.scheduler.hash();
    });
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it('say why an address cannot be reached', () => {
    const stage = new Hosts(1);
    expect(stage.connect({ ...LISTENER, port: PORT + 1 })).toBe('ECONNREFUSED');
    for (const host of ['10.0.0.9', 'fd00::9']) {
      expect(stage.connect({ host, port: PORT }, 2_900)).toBe('no outcome');
      expect(stage.connect({ host, port: PORT }, 3_100)).toBe('EHOSTUNREACH');
    }
    // A host without an IPv6 address.
    let code = '';
    stage.there.network.connect({ host: 'fd00::1', port: PORT }, (made) => {
      code = made.ok ? 'ok' : made.error.code;
    });
    stage.pass(200);
    expect(code).toBe('ENETUNREACH');
    // The loopback addresses of one host are not those of the other.
    expect(stage.connect({ host: '127.0.0.1', port: PORT })).toBe('ECONNREFUSED');
  });

  it('keep ports below 1024 for root, and their own addresses for themselves', () => {
    const network = new Network();
    const users = [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }];
    const of = { of: network, addresses: ['10.0.0.1'] };
    const machine = new Simulation({ ...EMPTY, users, seed: 1, network: of });
    const { world } = machine.login('alice');
    const codes: string[] = [];
    for (const address of [
      { host: '10.0.0.1', port: 80 },
      { host: '10.0.0.2', port: 8080 },
      { host: '10.0.0.1', port: 8080 },
    ]) {
      const accept = (end: TcpConnection): void => end.drop();
      world.network.listen(address, accept, (made) => codes.push(made.ok ? 'ok' : made.error.code));
    }
    machine.run({ forMs: 100 });
    expect(codes.toSorted()).toEqual(['EACCES', 'EADDRNOTAVAIL', 'ok']);
    expect(() => new Simulation({ ...EMPTY, seed: 1, network: of })).toThrow(
      'an address belongs to one host',
    );
  });
});

describe('names', () => {
  function lookUp(stage: Hosts, name: string, forMs: number): string {
    let found = 'no outcome';
    stage.here.network.resolve(name, (outcome) => {
      found = outcome.ok ? outcome.value.join(' ') : outcome.error.code;
    });
    stage.pass(forMs);
    return found;
  }

  it('of hosts and others have addresses in order', () => {
    const stage = new Hosts(1);
    stage.network.names.set('Relay.example', ['fd00::2', '10.0.0.2']);
    expect(lookUp(stage, 'alpha', 10)).toBe('10.0.0.1 fd00::1');
    expect(lookUp(stage, 'relay.EXAMPLE', 10)).toBe('fd00::2 10.0.0.2');
    stage.network.names.set('relay.example', []);
    expect(lookUp(stage, 'relay.example', 10)).toBe('ENOTFOUND');
  });

  it('may be late, or have no server that answers; numbers need none', () => {
    const stage = new Hosts(1);
    stage.network.names.delayMs = 3_000;
    expect(lookUp(stage, 'beta', 2_900)).toBe('no outcome');
    expect(lookUp(stage, 'beta', 3_100)).toBe('10.0.0.2');
    stage.network.names.isSilent = true;
    expect(lookUp(stage, 'beta', 9_000)).toBe('no outcome');
    expect(lookUp(stage, 'beta', 10_100)).toBe('EAI_AGAIN');
    expect(lookUp(stage, '10.0.0.2', 10)).toBe('10.0.0.2');
    expect(lookUp(stage, 'localhost', 10)).toBe('127.0.0.1 ::1');
  });
});

describe('limits', () => {
  it('a connection without a descriptor is refused on either side', () => {
    const stage = new Hosts(1);
    const processOf = (machine: Simulation, world: World) => machine.process(world.identity.pid);
    processOf(stage.alpha, stage.here)?.limitDescriptors(0);
    expect(stage.connect(LISTENER)).toBe('EMFILE');
    processOf(stage.alpha, stage.here)?.limitDescriptors(undefined);
    processOf(stage.beta, stage.there)?.limitDescriptors(0);
    const client = stage.connect(LISTENER);
    expect(typeof client === 'string' ? client : client.reason).toBe('reset');
    expect(stage.accepted).toEqual([]);
  });

  it('a full backlog makes later connections wait', () => {
    const stage = new Hosts(1);
    const process = stage.beta.process(stage.there.identity.pid);
    if (process === undefined) throw new Error('The process is not known');
    stage.beta.faultControls.stop(process);
    let connections = 0;
    for (let count = 0; count < 600; count++) {
      stage.here.network.connect(LISTENER, (made) => {
        if (made.ok) connections += 1;
      });
    }
    stage.pass(500);
    expect(connections).toBe(512);
    stage.beta.faultControls.resume(process);
    stage.pass(5_000);
    expect([connections, stage.accepted.length]).toEqual([600, 600]);
  });
});
