/**
 * A well-behaved client beside hostile ones: it creates a session with a consumer, records, repeats requests and counts
 * the replies. It reports a missing reply, a late reply, and a reply that a client without hostile peers would not get.
 */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type Operation,
  type ReplyValue,
  type ToClient,
} from '../../src/wire/control/messages.ts';
import { decodeBody, encodeFrame, FrameParser } from '../../src/wire/frames.ts';
import { PROTOCOLS } from '../../src/wire/protocols.ts';
import { type Counts, count } from './tally.ts';

export interface Friend {
  /** Stops and destroys the session; calls `onDone` on the reply. */
  finish(onDone: () => void): void;
  readonly isReady: boolean;
  /** Requests without an answer. */
  readonly openRequests: number;
}

export interface FriendOptions {
  readonly clientPath: string;
  readonly scope: 'global' | 'user';
  readonly output: string;
  /** The consumer's program and its first arguments. */
  readonly consumer: readonly [string, ...string[]];
  /** Milliseconds between an answer and the next request. */
  readonly pauseMs: number;
  readonly answered: Counts;
  readonly onDefect: (defect: string) => void;
}

const SESSION = 'friend';

/** Connects to the registry and starts the friend's session. */
export function befriend(world: World, options: FriendOptions): Friend {
  return new SteadyClient(world, options);
}

class SteadyClient implements Friend {
  readonly #world: World;
  readonly #options: FriendOptions;
  readonly #waiting = new Map<number, (answer: ToClient) => void>();
  #connection: Connection | undefined;
  #nextId = 1;
  #isReady = false;
  #onFinish: (() => void) | undefined;
  #asked = 0;

  constructor(world: World, options: FriendOptions) {
    this.#world = world;
    this.#options = options;
    world.unix.connect(options.clientPath, {}, (outcome) => {
      if (outcome.ok) this.#start(outcome.value);
      else options.onDefect(`friend: cannot connect, ${outcome.error.code}`);
    });
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get openRequests(): number {
    return this.#waiting.size;
  }

  finish(onDone: () => void): void {
    this.#onFinish = () => {
      this.#connection?.close();
      onDone();
    };
  }

  #start(connection: Connection): void {
    const { onDefect } = this.#options;
    this.#connection = connection;
    const parser = new FrameParser();
    connection.start({
      onData: (bytes) => {
        const { bodies, trouble } = parser.push(bytes);
        for (const body of bodies) {
          const message = decodeBody<ToClient>(body, PROTOCOLS['control.client'].schema);
          if (message.ok) this.#hear(message.value);
          else onDefect(`friend: the registry sent a forbidden message, ${message.error}`);
        }
        if (trouble !== undefined) onDefect(`friend: ${trouble}`);
      },
      onClose: (reason) => {
        if (this.#waiting.size > 0)
          onDefect(`friend: connection ended (${reason}) before an answer`);
      },
    });
    this.#send({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
  }

  #ask(operation: Operation, onValue: (value: ReplyValue) => void): void {
    const { answered, onDefect } = this.#options;
    const id = this.#nextId++;
    this.#waiting.set(id, (answer) => {
      count(answered, operation.op);
      if (answer.type === 'reply') onValue(answer.value);
      else onDefect(`friend: ${operation.op} was answered ${JSON.stringify(answer)}`);
    });
    this.#send({ type: 'request', id, operation });
  }

  #send(message: unknown): void {
    const encoded = encodeFrame(message);
    if (encoded.ok) this.#connection?.send(encoded.value);
  }

  #hear(message: ToClient): void {
    const { onDefect } = this.#options;
    if (message.type === 'welcome') this.#setUp();
    else if (message.type === 'refused') onDefect(`friend: refused, ${message.reason}`);
    else {
      const answer = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (answer === undefined) onDefect('friend: an answer to no open request');
      else answer(message);
    }
  }

  #setUp(): void {
    const { output, scope, consumer, answered } = this.#options;
    this.#ask({ op: 'session.create', name: SESSION, output }, ({ session }) => {
      const { environment } = this.#world.identity;
      const [program, ...first] = consumer;
      const args = [...first, scope, session?.uuid ?? ''];
      this.#world.processes.spawn({ program, args, environment, style: 'daemon' }, (exit) =>
        count(answered, `(consumer ended with ${exit.signal ?? exit.code})`),
      );
      this.#ask({ op: 'consumer.await', session: SESSION }, () => this.#record());
    });
  }

  #record(): void {
    const target = { kind: 'all' } as const;
    this.#ask(
      { op: 'event.enable', session: SESSION, patterns: ['*'], logLevelMax: 14, target },
      () => this.#ask({ op: 'session.start', session: SESSION }, () => this.#keepAsking()),
    );
  }

  #keepAsking(): void {
    const { onDefect, pauseMs } = this.#options;
    this.#isReady = true;
    if (this.#onFinish !== undefined) {
      this.#destroy(this.#onFinish);
      return;
    }
    const operations: readonly Operation[] = [
      { op: 'session.get', session: SESSION },
      { op: 'session.list', from: 0 },
      { op: 'app.list', from: 0 },
    ];
    const operation = operations[this.#asked++ % operations.length] as Operation;
    this.#ask(operation, (value) => {
      const found = value.session ?? value.sessions?.find(({ name }) => name === SESSION);
      if (operation.op !== 'app.list' && found?.state !== 'active') {
        onDefect(`friend: its session is ${found?.state}`);
      }
      this.#world.clock.setTimer(pauseMs, () => this.#keepAsking());
    });
  }

  #destroy(onDone: () => void): void {
    this.#ask({ op: 'session.stop', session: SESSION }, ({ session }) => {
      if (session?.state !== 'stopped') {
        this.#options.onDefect(`friend: stopped is ${session?.state}`);
      }
      this.#ask({ op: 'session.destroy', session: SESSION }, onDone);
    });
  }
}
