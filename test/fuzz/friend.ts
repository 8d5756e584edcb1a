/**
 * A well-behaved client beside hostile ones: makes a session with a consumer, records, keeps asking and counts the
 * answers. It says what went wrong: an answer that is missing, late or another than a lone client would get.
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
  /** Ends the session; `onDone` is called when that is answered. */
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

export function befriend(world: World, options: FriendOptions): Friend {
  const waiting = new Map<number, (answer: ToClient) => void>();
  let connection: Connection | undefined;
  let nextId = 1;
  let isReady = false;
  let onFinish: (() => void) | undefined;
  let asked = 0;

  function ask(operation: Operation, onValue: (value: ReplyValue) => void): void {
    const id = nextId++;
    waiting.set(id, (answer) => {
      count(options.answered, operation.op);
      if (answer.type === 'reply') onValue(answer.value);
      else options.onDefect(`friend: ${operation.op} was answered ${JSON.stringify(answer)}`);
    });
    send({ type: 'request', id, operation });
  }

  function send(message: unknown): void {
    const encoded = encodeFrame(message);
    if (encoded.ok) connection?.send(encoded.value);
  }

  function hear(message: ToClient): void {
    if (message.type === 'welcome') setUp();
    else if (message.type === 'refused') options.onDefect(`friend: refused, ${message.reason}`);
    else {
      const answer = waiting.get(message.id);
      waiting.delete(message.id);
      if (answer === undefined) options.onDefect('friend: an answer to nothing');
      else answer(message);
    }
  }

  function setUp(): void {
    const { output, scope } = options;
    ask({ op: 'session.create', name: SESSION, output }, ({ session }) => {
      const { environment } = world.identity;
      const [program, ...first] = options.consumer;
      const args = [...first, scope, session?.uuid ?? ''];
      world.processes.spawn({ program, args, environment, style: 'daemon' }, (exit) =>
        count(options.answered, `(consumer ended with ${exit.signal ?? exit.code})`),
      );
      ask({ op: 'consumer.await', session: SESSION }, () => {
        const target = { kind: 'all' } as const;
        ask(
          { op: 'event.enable', session: SESSION, patterns: ['*'], logLevelMax: 14, target },
          () => ask({ op: 'session.start', session: SESSION }, keepAsking),
        );
      });
    });
  }

  function keepAsking(): void {
    isReady = true;
    if (onFinish !== undefined) {
      const done = onFinish;
      ask({ op: 'session.stop', session: SESSION }, ({ session }) => {
        if (session?.state !== 'stopped') options.onDefect(`friend: stopped is ${session?.state}`);
        ask({ op: 'session.destroy', session: SESSION }, done);
      });
      return;
    }
    const operations: readonly Operation[] = [
      { op: 'session.get', session: SESSION },
      { op: 'session.list', from: 0 },
      { op: 'app.list', from: 0 },
    ];
    const operation = operations[asked++ % operations.length] as Operation;
    ask(operation, (value) => {
      const found = value.session ?? value.sessions?.find(({ name }) => name === SESSION);
      if (operation.op !== 'app.list' && found?.state !== 'active') {
        options.onDefect(`friend: its session is ${found?.state}`);
      }
      world.clock.setTimer(options.pauseMs, keepAsking);
    });
  }

  world.unix.connect(options.clientPath, {}, (outcome) => {
    if (!outcome.ok) {
      options.onDefect(`friend: cannot connect, ${outcome.error.code}`);
      return;
    }
    connection = outcome.value;
    const parser = new FrameParser();
    connection.start({
      onData: (bytes) => {
        const { bodies, trouble } = parser.push(bytes);
        for (const body of bodies) {
          const message = decodeBody<ToClient>(body, PROTOCOLS['control.client'].schema);
          if (message.ok) hear(message.value);
          else options.onDefect(`friend: the registry says what it may not, ${message.error}`);
        }
        if (trouble !== undefined) options.onDefect(`friend: ${trouble}`);
      },
      onClose: (reason) => {
        if (waiting.size > 0)
          options.onDefect(`friend: connection ended (${reason}) before an answer`);
      },
    });
    send({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
  });
  return {
    finish: (onDone) => {
      onFinish = () => {
        connection?.close();
        onDone();
      };
    },
    get isReady() {
      return isReady;
    },
    get openRequests() {
      return waiting.size;
    },
  };
}
