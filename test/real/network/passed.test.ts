/**
 * Two processes of two users: root's, as the registry, connects to a relay and passes the connections to a user's,
 * whose consumer streams over them, goes on in files, and comes back to the relay. Each event is in one place.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { RecorderEffect } from '../../../src/effects/contract/recorder.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import type { TcpConnection } from '../../../src/port/network.ts';
import type { Answer, Request } from '../../support/real/consumer-process.ts';
import { hasLttngRelayd, startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { must, scratchDirectory, until } from '../../support/real/os.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const USER = 'lttng-ts-a';
const MAIN = fileURLToPath(
  new URL('../../../dist/test/support/real/consumer-process.js', import.meta.url),
);
const BURST = 1000;

interface Relay {
  readonly controlPort: number;
  readonly dataPort: number;
  readonly output: string;
  stop(): Promise<void>;
}

const RELAYS: Readonly<Record<string, () => Promise<Relay>>> = {
  'our relay': async () => {
    const { url, output } = await startOurRelay(scratchDirectory());
    const [controlPort = 0, dataPort = 0] = url.split(':').slice(-2).map(Number);
    return { controlPort, dataPort, output, stop: () => Promise.resolve() };
  },
  "LTTng's relay": startLttngRelayd,
};

function idOf(flag: '-u' | '-g'): number {
  return Number(spawnSync('id', [flag, USER], { encoding: 'utf8' }).stdout);
}

/** The user's process as root's sees it. */
class Consumer {
  readonly #world = createRealWorld({ log: () => {} });
  readonly #child: ChildProcess;
  readonly #uid = idOf('-u');
  readonly directory = scratchDirectory();
  readonly #events: EffectEvent[] = [];
  #done = 0;
  #asked = 0;
  #token = 0;

  constructor() {
    chmodSync(this.directory, 0o777);
    const ids = [this.#uid, idOf('-g')].map(String);
    this.#child = fork(MAIN, [...ids, this.directory], { execArgv: [], cwd: '/' });
    this.#child.on('message', (message) => {
      const answer = message as Answer;
      if ('event' in answer) this.#events.push(answer.event);
      else this.#done += 1;
    });
    onTestFinished(async () => {
      const ended = once(this.#child, 'exit');
      this.#child.disconnect();
      await ended;
    });
  }

  async emit(events: number): Promise<void> {
    await this.#ask({ emit: events });
  }

  async toFiles(output: string): Promise<EffectEvent> {
    const token = ++this.#token;
    await this.#tell({ type: 'recorder.toFiles', token, output });
    return this.#changed(token);
  }

  /** Connects to the relay, and passes the connections. */
  async toRelay({ controlPort, dataPort }: Relay): Promise<EffectEvent> {
    const token = ++this.#token;
    const connections = [await this.#connect(controlPort), await this.#connect(dataPort)];
    const path = `${this.directory}/passage-${token}`;
    const passage = must(this.#world.network.openPassage(path, this.#uid));
    await this.#tell({ type: 'recorder.reachPassage', token, passage: path });
    await this.#heard((event) => event.type === 'recorder.passageReached');
    const to = { pid: this.#child.pid ?? 0, uid: this.#uid, gid: 0 };
    must(passage.pass(to, connections));
    passage.close();
    await this.#tell({ type: 'recorder.toRelay', token, basePath: '' });
    return this.#changed(token);
  }

  async flush(): Promise<EffectEvent> {
    const token = ++this.#token;
    await this.#tell({ type: 'recorder.flush', token });
    return this.#heard((event) => event.type === 'recorder.flushed' && event.token === token);
  }

  async close(): Promise<EffectEvent> {
    await this.#tell({ type: 'recorder.close' });
    return this.#heard(({ type }) => type === 'recorder.closed');
  }

  #tell(effect: RecorderEffect): Promise<void> {
    return this.#ask({ tell: effect });
  }

  async #ask(request: Request): Promise<void> {
    const number = ++this.#asked;
    this.#child.send(request);
    await until(() => this.#done >= number);
  }

  #changed(token: number): Promise<EffectEvent> {
    return this.#heard((event) => event.type === 'recorder.outputChanged' && event.token === token);
  }

  async #heard(isWanted: (event: EffectEvent) => boolean): Promise<EffectEvent> {
    await until(() => this.#events.some(isWanted));
    const [found] = this.#events.splice(this.#events.findIndex(isWanted), 1);
    if (found === undefined) throw new Error('Not heard');
    return found;
  }

  #connect(port: number): Promise<TcpConnection> {
    return new Promise((resolve) => {
      this.#world.network.connect({ host: '127.0.0.1', port }, (made) => resolve(must(made)));
    });
  }
}

/** The numbers of the events that babeltrace2 reads in the directory, ascending. */
function numbersIn(directory: string): number[] {
  const { lines, stderr } = runBabeltrace(directory);
  expect(stderr).toBe('');
  return lines
    .map((line) => Number(/ n = (\d+)/.exec(line)?.[1]))
    .toSorted((one, other) => one - other);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => from + n);

const isAble = process.getuid?.() === 0 && hasLttngRelayd() && hasBabeltrace();

describe.skipIf(!isAble)('connections that root passes to a user', () => {
  it.each(Object.entries(RELAYS))(
    'carry a trace to %s; the consumer goes to files and comes back',
    async (_, start) => {
      const relay = await start();
      const consumer = new Consumer();
      const files = `${consumer.directory}/files`;
      await consumer.emit(BURST);
      expect(await consumer.toRelay(relay)).not.toHaveProperty('failed');
      await consumer.emit(BURST);
      expect(await consumer.flush()).toMatchObject({
        outcome: { link: { state: 'connected', packetsInFlight: 0 } },
      });
      await consumer.emit(BURST);
      expect(await consumer.toFiles(files)).not.toHaveProperty('failed');
      await consumer.emit(BURST);
      expect(await consumer.flush()).toMatchObject({ outcome: {} });
      expect(await consumer.toRelay(relay)).not.toHaveProperty('failed');
      await consumer.emit(BURST);
      const closed = await consumer.close();
      expect(closed).not.toHaveProperty('outcome.unwritten');
      await relay.stop();
      const [atRelay, inFiles] = [numbersIn(relay.output), numbersIn(files)];
      expect(atRelay.slice(0, 2 * BURST)).toEqual(range(0, 2 * BURST));
      expect(inFiles).toEqual(range(inFiles[0] ?? 0, 4 * BURST));
      expect(atRelay.slice(-BURST)).toEqual(range(4 * BURST, 5 * BURST));
      expect([...atRelay, ...inFiles].toSorted((a, b) => a - b)).toEqual(range(0, 5 * BURST));
    },
  );
});
