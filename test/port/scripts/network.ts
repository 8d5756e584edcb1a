/** Conformance scripts: listening and connecting by TCP, and names. Bytes and ends of connections are in `tcp.ts`. */
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import { type ConformanceScript, must, outcome, single } from '../stage.ts';
import { Recorder } from './peers.ts';
import { connected, connectTo, endBoth, HOST, listenAt, resolve, yes } from './tcp-peers.ts';

function text({ host, port }: TcpAddress): string {
  return `${host} ${port}`;
}

export const networkScripts: readonly ConformanceScript[] = [
  single(
    'network.listen() and connect() work with both families, and each end knows both addresses',
    [
      '127.0.0.1: chosen yes, accepted yes, addresses match yes',
      '::1: chosen yes, accepted yes, addresses match yes',
    ],
    async (stage) => {
      for (const host of [HOST, '::1']) {
        const pair = await connected(stage, host);
        const { client, server, listener } = pair;
        const matches =
          text(client.local) === text(server.remote) &&
          text(client.remote) === text(server.local) &&
          text(client.remote) === text(listener.address) &&
          client.local.host === host;
        const chosen = yes(listener.address.port > 1023);
        stage.say(`${host}: chosen ${chosen}, accepted yes, addresses match ${yes(matches)}`);
        await endBoth(stage, pair);
      }
    },
  ),
  single(
    'network.listen() tells later why it cannot',
    [
      'the same: EADDRINUSE',
      'all of the family: EADDRINUSE',
      'the other family: ok',
      'not of this host: EADDRNOTAVAIL',
      'a name: EINVAL',
      'a zone: EINVAL',
      'a port too large: EINVAL',
      'after close: ok',
    ],
    async (stage) => {
      const first = must(await listenAt(stage, { host: HOST, port: 0 }));
      const { port } = first.address;
      const say = async (label: string, address: TcpAddress): Promise<void> => {
        const made = await listenAt(stage, address);
        stage.say(`${label}: ${outcome(made)}`);
        if (made.ok) made.value.close();
        await stage.pass(2);
      };
      await say('the same', { host: HOST, port });
      await say('all of the family', { host: '0.0.0.0', port });
      await say('the other family', { host: '::', port });
      await say('not of this host', { host: '198.51.100.7', port: 0 });
      await say('a name', { host: 'localhost', port: 0 });
      await say('a zone', { host: '::1%lo', port: 0 });
      await say('a port too large', { host: HOST, port: 65_536 });
      first.close();
      await stage.pass(10);
      await say('after close', { host: HOST, port });
    },
  ),
  single(
    'network.connect() tells later why it cannot',
    [
      'no listener: ECONNREFUSED',
      'the other family: ECONNREFUSED',
      'a group of hosts: ENETUNREACH',
      'a name: EINVAL',
      'a port below 0: EINVAL',
      'after close: ECONNREFUSED',
    ],
    async (stage) => {
      const listener = must(await listenAt(stage, { host: '::', port: 0 }));
      const { port } = listener.address;
      const say = async (label: string, address: TcpAddress): Promise<void> => {
        const made = await connectTo(stage, address);
        stage.say(`${label}: ${outcome(made)}`);
        if (made.ok) made.value.drop();
      };
      await say('no listener', { host: HOST, port: 1 });
      await say('the other family', { host: HOST, port });
      await say('a group of hosts', { host: '224.0.0.1', port });
      await say('a name', { host: 'localhost', port });
      await say('a port below 0', { host: HOST, port: -1 });
      listener.close();
      await stage.pass(10);
      await say('after close', { host: '::1', port });
    },
  ),
  single(
    'Pending.cancel(): no outcome is reported, and nothing is left',
    ['outcomes: 0', 'accepted: 0 alive', 'port: free'],
    async (stage) => {
      const { network } = stage.world;
      const ends: Recorder[] = [];
      const onConnection = (end: TcpConnection): void => void ends.push(new Recorder(end));
      const listener = must(await listenAt(stage, { host: HOST, port: 0 }, onConnection));
      const other = must(await listenAt(stage, { host: '::1', port: 0 }));
      const { port } = other.address;
      let outcomes = 0;
      const count = (): void => void (outcomes += 1);
      const pending = [
        network.connect(listener.address, count),
        network.connect({ host: HOST, port: 1 }, count),
        network.connect({ host: 'nothing', port: 1 }, count),
        network.listen({ host: HOST, port }, () => {}, count),
        network.listen(listener.address, () => {}, count),
        network.resolve('localhost', count),
        network.resolve('', count),
      ];
      for (const each of pending) each.cancel();
      for (const each of pending) each.cancel();
      await stage.pass(100);
      await stage.until('all ends are closed', () => ends.every(({ closed }) => closed));
      stage.say(`outcomes: ${outcomes}`);
      stage.say(`accepted: ${ends.filter(({ closed }) => !closed).length} alive`);
      const again = await listenAt(stage, { host: HOST, port });
      stage.say(`port: ${again.ok ? 'free' : again.error.code}`);
      if (again.ok) again.value.close();
      other.close();
      listener.close();
    },
  ),
  single(
    'network.resolve() finds names and numbers, and says what it does not find',
    [
      'localhost: loopback',
      '192.0.2.1: 192.0.2.1',
      '2001:db8::1: 2001:db8::1',
      'nowhere.invalid: no addresses',
      'no name: ENOTFOUND',
      'zero byte: ENOTFOUND',
    ],
    async (stage) => {
      const own = must(await resolve(stage, 'localhost'));
      const isLoopback = own.length > 0 && own.every((host) => host === HOST || host === '::1');
      stage.say(`localhost: ${isLoopback ? 'loopback' : own.join(' ')}`);
      for (const number of ['192.0.2.1', '2001:db8::1']) {
        stage.say(`${number}: ${must(await resolve(stage, number)).join(' ')}`);
      }
      // Without a server of names the answer is that it did not answer.
      const nowhere = outcome(await resolve(stage, 'nowhere.invalid'));
      const isNone = nowhere === 'ENOTFOUND' || nowhere === 'EAI_AGAIN';
      stage.say(`nowhere.invalid: ${isNone ? 'no addresses' : nowhere}`);
      stage.say(`no name: ${outcome(await resolve(stage, ''))}`);
      stage.say(`zero byte: ${outcome(await resolve(stage, 'local\0host'))}`);
    },
  ),
];
