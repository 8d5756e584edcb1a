/** Conformance scripts: sockets for datagrams. */
import {
  type ConnectedUdpSocket,
  type TcpAddress,
  UDP_PAYLOAD_BYTES_MAX,
  type UdpListener,
  type UdpSocket,
} from '../../../src/port/network.ts';
import type { OsError, OsResult } from '../../../src/port/os-error.ts';
import { bytesOf, type ConformanceScript, must, outcome, type Stage, single } from '../stage.ts';
import { HOST, listenAt, yes } from './tcp-peers.ts';

/** What a socket has heard. */
class Ear implements UdpListener {
  readonly heard: { readonly bytes: Uint8Array; readonly from: TcpAddress }[] = [];
  readonly errors: string[] = [];

  onDatagram(bytes: Uint8Array, from: TcpAddress): void {
    this.heard.push({ bytes, from });
  }

  onError({ code }: OsError): void {
    this.errors.push(code);
  }
}

async function bind(
  stage: Stage,
  address: TcpAddress,
  ear = new Ear(),
): Promise<OsResult<UdpSocket>> {
  const made: OsResult<UdpSocket>[] = [];
  stage.world.network.bindUdp(address, ear, (one) => made.push(one));
  await stage.until('the socket is bound, or not', () => made.length > 0);
  return made[0] as OsResult<UdpSocket>;
}

async function connect(
  stage: Stage,
  address: TcpAddress,
  ear = new Ear(),
): Promise<OsResult<ConnectedUdpSocket>> {
  const made: OsResult<ConnectedUdpSocket>[] = [];
  stage.world.network.connectUdp(address, ear, (one) => made.push(one));
  if (made.length > 0) throw new Error('The outcome came from inside the call');
  await stage.until('the socket is connected, or not', () => made.length > 0);
  return made[0] as OsResult<ConnectedUdpSocket>;
}

const textOf = ({ heard }: Ear): string =>
  heard.map(({ bytes }) => new TextDecoder().decode(bytes)).join(' ');

export const udpScripts: readonly ConformanceScript[] = [
  single(
    'network.bindUdp() and connectUdp() exchange datagrams in both families, and say from whom',
    [
      '127.0.0.1: there one two, back three, from the sender yes, empty 0 bytes',
      '::1: there one two, back three, from the sender yes, empty 0 bytes',
    ],
    async (stage) => {
      for (const host of [HOST, '::1']) {
        const [ear, back] = [new Ear(), new Ear()];
        const server = must(await bind(stage, { host, port: 0 }, ear));
        const client = must(await connect(stage, server.local, back));
        client.send(bytesOf('one'));
        await stage.until('the first is there', () => ear.heard.length === 1);
        client.send(bytesOf('two'));
        await stage.until('both are there', () => ear.heard.length === 2);
        const isFromClient = ear.heard.every(
          ({ from }) => from.host === host && from.port === client.local.port,
        );
        server.send(bytesOf('three'), client.local);
        await stage.until('the answer is there', () => back.heard.length === 1);
        const there = textOf(ear);
        client.send(new Uint8Array(0));
        await stage.until('the empty one is there', () => ear.heard.length === 3);
        const line = `there ${there}, back ${textOf(back)}, from the sender ${yes(isFromClient)}`;
        stage.say(`${host}: ${line}, empty ${ear.heard[2]?.bytes.length} bytes`);
        client.close();
        server.close();
        await stage.pass(10);
      }
    },
  ),
  single(
    'network.bindUdp() tells later why it cannot',
    [
      'the same: EADDRINUSE',
      'all of the family: EADDRINUSE',
      'the other family: ok',
      'by TCP: ok',
      'not of this host: EADDRNOTAVAIL',
      'a name: EINVAL',
      'a port too large: EINVAL',
      'after close: ok',
    ],
    async (stage) => {
      const first = must(await bind(stage, { host: HOST, port: 0 }));
      const { port } = first.local;
      const say = async (label: string, address: TcpAddress): Promise<void> => {
        const made = await bind(stage, address);
        stage.say(`${label}: ${outcome(made)}`);
        if (made.ok) made.value.close();
        await stage.pass(2);
      };
      await say('the same', { host: HOST, port });
      await say('all of the family', { host: '0.0.0.0', port });
      await say('the other family', { host: '::', port });
      const listening = await listenAt(stage, { host: HOST, port });
      stage.say(`by TCP: ${outcome(listening)}`);
      if (listening.ok) listening.value.close();
      await say('not of this host', { host: '198.51.100.7', port: 0 });
      await say('a name', { host: 'localhost', port: 0 });
      await say('a port too large', { host: HOST, port: 65_536 });
      first.close();
      await stage.pass(10);
      await say('after close', { host: HOST, port });
    },
  ),
  single(
    'a connected socket learns that no socket is there; one that is not connected does not',
    ['connected: ECONNREFUSED', 'bound: no error', 'a name: EINVAL'],
    async (stage) => {
      const gone = must(await bind(stage, { host: HOST, port: 0 }));
      gone.close();
      await stage.pass(10);
      const [ear, other] = [new Ear(), new Ear()];
      const client = must(await connect(stage, gone.local, ear));
      client.send(bytesOf('anybody'));
      await stage.until('an error comes', () => ear.errors.length > 0);
      stage.say(`connected: ${ear.errors.join(' ')}`);
      const bound = must(await bind(stage, { host: HOST, port: 0 }, other));
      bound.send(bytesOf('anybody'), gone.local);
      await stage.pass(50);
      stage.say(`bound: ${other.errors.join(' ') || 'no error'}`);
      client.close();
      bound.close();
      stage.say(`a name: ${outcome(await connect(stage, { host: 'localhost', port: 1 }))}`);
    },
  ),
  single(
    'a datagram of the greatest length arrives whole, and a longer one is an error',
    ['greatest: whole yes', 'longer: EMSGSIZE', 'over IPv6: EMSGSIZE', 'later: end'],
    async (stage) => {
      const [ear, back] = [new Ear(), new Ear()];
      const server = must(await bind(stage, { host: HOST, port: 0 }, ear));
      const client = must(await connect(stage, server.local, back));
      const greatest = Uint8Array.from({ length: UDP_PAYLOAD_BYTES_MAX }, (_, at) => at % 251);
      client.send(greatest);
      await stage.until('it is there', () => ear.heard.length === 1);
      const arrived = ear.heard[0]?.bytes ?? new Uint8Array(0);
      const isWhole =
        arrived.length === greatest.length && arrived.every((b, at) => b === at % 251);
      stage.say(`greatest: whole ${yes(isWhole)}`);
      client.send(new Uint8Array(UDP_PAYLOAD_BYTES_MAX + 1));
      await stage.until('an error comes', () => back.errors.length > 0);
      stage.say(`longer: ${back.errors.join(' ')}`);
      const six = new Ear();
      const wide = must(await bind(stage, { host: '::1', port: 0 }, six));
      wide.send(new Uint8Array(65_528), wide.local);
      await stage.until('an error comes', () => six.errors.length > 0);
      stage.say(`over IPv6: ${six.errors.join(' ')}`);
      client.send(bytesOf('end'));
      await stage.until('the last is there', () => ear.heard.length === 2);
      stage.say(`later: ${new TextDecoder().decode(ear.heard[1]?.bytes)}`);
      for (const socket of [client, server, wide]) socket.close();
    },
  ),
  single(
    'a connected socket gets datagrams of its peer alone, and a closed one gets none',
    ['connected: friend', 'bound: stranger friend', 'closed: friend'],
    async (stage) => {
      const [ear, all] = [new Ear(), new Ear()];
      const friend = must(await bind(stage, { host: HOST, port: 0 }, all));
      const stranger = must(await bind(stage, { host: HOST, port: 0 }));
      const client = must(await connect(stage, friend.local, ear));
      stranger.send(bytesOf('stranger'), client.local);
      stranger.send(bytesOf('stranger'), friend.local);
      await stage.until('the other one got it', () => all.heard.length === 1);
      friend.send(bytesOf('friend'), client.local);
      client.send(bytesOf('friend'));
      await stage.until('all is there', () => ear.heard.length === 1 && all.heard.length === 2);
      stage.say(`connected: ${textOf(ear)}`);
      stage.say(`bound: ${textOf(all)}`);
      client.close();
      client.close();
      client.send(bytesOf('late'));
      friend.send(bytesOf('late'), client.local);
      await stage.pass(50);
      stage.say(`closed: ${textOf(ear)}`);
      for (const socket of [friend, stranger]) socket.close();
    },
  ),
  single(
    'Pending.cancel() of a socket for datagrams: no outcome is reported, and nothing is left',
    ['outcomes: 0', 'port: free'],
    async (stage) => {
      const { network } = stage.world;
      const other = must(await bind(stage, { host: '::1', port: 0 }));
      const { port } = other.local;
      let outcomes = 0;
      const count = (): void => void (outcomes += 1);
      const pending = [
        network.bindUdp({ host: HOST, port }, new Ear(), count),
        network.bindUdp({ host: '::1', port }, new Ear(), count),
        network.bindUdp({ host: 'nothing', port: 1 }, new Ear(), count),
        network.connectUdp({ host: HOST, port: 1 }, new Ear(), count),
        network.connectUdp({ host: 'nothing', port: 1 }, new Ear(), count),
      ];
      for (const each of pending) each.cancel();
      for (const each of pending) each.cancel();
      await stage.pass(100);
      stage.say(`outcomes: ${outcomes}`);
      const again = await bind(stage, { host: HOST, port });
      stage.say(`port: ${again.ok ? 'free' : again.error.code}`);
      if (again.ok) again.value.close();
      other.close();
    },
  ),
];
