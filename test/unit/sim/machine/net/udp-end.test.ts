/** Datagrams between hosts of a simulated network: what befalls them on the way, and what their kernels keep. */
import { describe, expect, it } from 'vitest';
import { UDP_QUEUE_BYTES_MAX } from '../../../../../sim/machine/net/udp-end.ts';
import type { ConnectedUdpSocket, TcpAddress } from '../../../../../src/port/network.ts';
import type { World } from '../../../../../src/port/world.ts';
import { must } from '../../../../support/ring/memory.ts';
import { Hosts } from '../../../../support/simulated/hosts.ts';

const TO: TcpAddress = { host: '10.0.0.2', port: 5343 };
const COUNT = 400;

class Stage extends Hosts {
  readonly heard: number[] = [];
  readonly errors: string[] = [];
  readonly socket: ConnectedUdpSocket;

  constructor(seed = 1) {
    super(seed);
    const onDatagram = (bytes: Uint8Array): void => {
      this.heard.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    };
    const onError = ({ code }: { code: string }): void => void this.errors.push(code);
    this.there.network.bindUdp(TO, { onDatagram, onError }, (made) => must(made));
    this.socket = this.connectFrom(this.here, TO);
  }

  connectFrom(world: World, to: TcpAddress): ConnectedUdpSocket {
    const made: ConnectedUdpSocket[] = [];
    const onError = ({ code }: { code: string }): void => void this.errors.push(code);
    const listener = { onDatagram: () => undefined, onError };
    world.network.connectUdp(to, listener, (one) => made.push(must(one)));
    this.pass(10);
    const [socket] = made;
    if (socket === undefined) throw new Error('Not connected');
    return socket;
  }

  /** Sends numbered datagrams, one each 100 microseconds. */
  send(from: number, to: number, byteLength = 1000): void {
    for (let number = from; number < to; number++) {
      const bytes = new Uint8Array(byteLength);
      new DataView(bytes.buffer).setUint32(0, number);
      this.socket.send(bytes);
      this.pass(0.1);
    }
  }
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);

describe('datagrams', () => {
  it('all arrive in order unless the network is told otherwise', () => {
    const stage = new Stage();
    stage.send(0, COUNT);
    stage.pass(100);
    expect(stage.heard).toEqual(numbers(0, COUNT));
  });

  it.each([1, 2, 3])('get lost, come twice and are overtaken (seed %i)', (seed) => {
    const stage = new Stage(seed);
    stage.network.setFates('alpha', 'beta', { lost: 100, twice: 100, overtaken: 100 });
    stage.send(0, COUNT);
    stage.pass(100);
    const different = new Set(stage.heard);
    expect(different.size).toBeLessThan(COUNT);
    expect(different.size).toBeGreaterThan(COUNT * 0.8);
    expect(stage.heard.length).toBeGreaterThan(different.size);
    expect(stage.heard).not.toEqual(stage.heard.toSorted((a, b) => a - b));
    const again = new Stage(seed);
    again.network.setFates('alpha', 'beta', { lost: 100, twice: 100, overtaken: 100 });
    again.send(0, COUNT);
    again.pass(100);
    expect(again.heard).toEqual(stage.heard);
  });

  it('do not pass a partition, and those behind it do', () => {
    const stage = new Stage();
    stage.network.cut('alpha', 'beta');
    stage.send(0, 10);
    stage.pass(100);
    stage.network.heal('alpha', 'beta');
    stage.send(10, 20);
    stage.pass(100);
    expect(stage.heard).toEqual(numbers(10, 20));
  });

  it('that find no room before a narrow link are lost', () => {
    const stage = new Stage();
    stage.network.setPace('alpha', 'beta', { bytesPerSecond: 100_000 });
    stage.send(0, COUNT);
    stage.pass(1000);
    // A tenth of a second in the queue, and what left meanwhile.
    expect(stage.heard.length).toBeGreaterThan(8);
    expect(stage.heard.length).toBeLessThan(20);
  });

  it('wait for a paused process as far as its kernel has room', () => {
    const stage = new Stage();
    const process = stage.beta.process(stage.there.identity.pid);
    if (process === undefined) throw new Error('No process');
    stage.beta.faultControls.stop(process);
    stage.send(0, COUNT, 1000);
    stage.pass(100);
    expect(stage.heard).toEqual([]);
    stage.beta.faultControls.resume(process);
    stage.pass(100);
    expect(stage.heard).toEqual(numbers(0, Math.floor(UDP_QUEUE_BYTES_MAX / 1000)));
  });

  it('tell a connected socket that no socket or no host is there', () => {
    const stage = new Stage();
    stage.connectFrom(stage.here, { ...TO, port: 1 }).send(new Uint8Array(1));
    stage.pass(100);
    expect(stage.errors).toEqual(['ECONNREFUSED']);
    stage.connectFrom(stage.here, { host: '10.0.0.9', port: 1 }).send(new Uint8Array(1));
    stage.pass(4000);
    expect(stage.errors).toEqual(['ECONNREFUSED', 'EHOSTUNREACH']);
    let code = '';
    const listener = { onDatagram: () => undefined, onError: () => undefined };
    stage.there.network.connectUdp({ host: 'fd00::1', port: 1 }, listener, (made) => {
      code = made.ok ? 'ok' : made.error.code;
    });
    stage.pass(100);
    expect(code).toBe('ENETUNREACH');
  });
});
