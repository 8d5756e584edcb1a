/** Goal: a source of events is watched only while its tracepoint is enabled, and then leaves the program unchanged. */
import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeSources } from '../../../../../bin/library/providers/all.ts';
import {
  CHANNEL_TRACEPOINTS_MAX,
  createChannelProvider,
} from '../../../../../bin/library/providers/any-channel.ts';
import { Tracer } from '../../../../../src/tracer/tracer.ts';
import { makeStream, must, type TestStream } from '../../../../support/ring/memory.ts';

const CHANNELS = [
  'http.client.request.start',
  'http.server.request.start',
  'http.server.response.finish',
  'undici:request:create',
  'child_process',
  'net.server.socket',
];
const { console: host } = globalThis;
const METHODS = ['log', 'info', 'debug', 'warn', 'error'] as const;

let tracer: Tracer;
let stream: TestStream;
beforeEach(() => {
  tracer = new Tracer();
  stream = makeStream();
});
afterEach(() => {
  tracer.detachStream('a');
});

function attach(pattern: (name: string) => boolean): void {
  must(
    tracer.attachStream({
      key: 'a',
      writer: stream.attachWriter(),
      matches: ({ name }) => pattern(name),
    }),
  );
}

const watched = (): boolean[] => CHANNELS.map((name) => channel(name).hasSubscribers);

describe('the sources of Node', () => {
  it('are watched while they are enabled, and not before or after', () => {
    const before = watched();
    const originals = METHODS.map((method) => host[method]);
    const emit = Object.getOwnPropertyDescriptor(process, 'emit');
    const listeners = process.eventNames().map((event) => process.listenerCount(event));
    const isAsBefore = (): void => {
      expect(watched()).toEqual(before);
      expect(METHODS.map((method) => host[method])).toEqual(originals);
      expect(Object.getOwnPropertyDescriptor(process, 'emit')).toEqual(emit);
    };
    for (const source of nodeSources) source.install(tracer);
    isAsBefore();
    attach((name) => name.startsWith('node:'));
    expect(watched()).toEqual(CHANNELS.map(() => true));
    expect(METHODS.map((method) => host[method].name)).toEqual([...METHODS]);
    expect(host.log).not.toBe(originals[0]);
    expect(process.eventNames().map((event) => process.listenerCount(event))).toEqual(listeners);
    tracer.updateStream('a', () => false);
    isAsBefore();
    tracer.updateStream('a', ({ name }) => name === 'node:http_server_response_finish');
    expect(channel('http.server.response.finish').hasSubscribers).toBe(true);
    // The source also subscribes to the start channel, for the duration.
    expect(channel('http.server.request.start').hasSubscribers).toBe(true);
    expect(channel('undici:request:create').hasSubscribers).toBe(false);
    tracer.detachStream('a');
    isAsBefore();
  });

  it('do not restore a console method that the program has wrapped since', () => {
    for (const source of nodeSources) source.install(tracer);
    const original = host.debug;
    attach((name) => name === 'node:console_debug');
    const ours = host.debug;
    const theirs = (...args: unknown[]): void => ours(...args);
    host.debug = theirs;
    tracer.detachStream('a');
    expect(host.debug).toBe(theirs);
    host.debug = original;
  });
});

describe('channels by their names', () => {
  const names = (): string[] => tracer.list().map(({ name }) => name);

  it('are those that rules name exactly', () => {
    const onPatterns = createChannelProvider(tracer);
    onPatterns([
      'channel:one',
      'channel:*',
      'channel:t*o',
      'node:*',
      '*',
      'channel:',
      'channel:one',
    ]);
    onPatterns(['channel:one', 'channel:a\\*b', 'channel:c\\\\*']);
    expect(names()).toEqual(['channel:one', 'channel:a*b']);
    expect(channel('one').hasSubscribers).toBe(false);
    attach((name) => name === 'channel:one');
    expect(channel('one').hasSubscribers).toBe(true);
    channel('one').publish({ n: 1 });
    expect(stream.attachReader().next(true)?.body.length).toBeGreaterThan(0);
  });

  it('are bounded in number, and one that is too long stops none', () => {
    const onPatterns = createChannelProvider(tracer);
    onPatterns([`channel:${'é'.repeat(200)}`, 'channel:fine']);
    expect(names()).toEqual(['channel:fine']);
    onPatterns(Array.from({ length: 2 * CHANNEL_TRACEPOINTS_MAX }, (_, n) => `channel:${n}`));
    expect(names().length).toBe(CHANNEL_TRACEPOINTS_MAX - 1);
  });
});
