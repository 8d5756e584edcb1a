/** The kernel part of a session: its writers are CPUs, and its kernel link stands for them (R1.24). */
import { expect, it } from 'vitest';
import { APPLY_MS_MAX, DRAIN_MS_MAX } from '../../../../../actors/sessiond/limits.ts';
import type { SessionInput } from '../../../../../actors/sessiond/messages.ts';
import type { SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { passed } from '../../../../support/step.ts';
import { tell } from '../../../../support/step-events.ts';
import {
  ACTIVE,
  applied,
  CHANNEL,
  CONSUMED,
  DESTROYING,
  DOMAIN,
  KERNEL,
  ONE,
  PART,
  RECORD,
  RECORDING,
  RULED,
  ready,
  released,
  stream,
  toLink,
  toWrite,
  WRITER,
  wanted,
} from './kernel-words.ts';
import {
  addChannel,
  at,
  attached,
  command,
  created,
  destroy,
  enable,
  ending,
  finished,
  flushed,
  INPUT,
  joined,
  lost,
  noConsumer,
  opened,
  pause,
  published,
  recorded,
  removeStream,
  reply,
  SETTINGS,
  sessionEnded,
  sessionKept,
  start,
  steps,
  stop,
  toConsumer,
  UUID,
  unrecorded,
  value,
} from './words.ts';

it('says what it is, and what its kernel is', () => {
  expect(steps(PART).effects).toEqual([
    recorded('inactive', { kernel: KERNEL }),
    published('inactive', DOMAIN),
  ]);
  const [, introduced] = steps(PART, attached()).effects;
  const { release, version } = KERNEL;
  expect(introduced).toMatchObject({
    event: { message: { type: 'session', kernel: { release, version } } },
  });
});

it('has a stream of each channel and CPU, with room for a page', () => {
  const { effects } = steps(PART, ...RULED, attached(), opened, start());
  expect(effects).toContainEqual({
    type: 'memory.createStream',
    streamId: 0,
    link: 'session-00000000-0000-4000-8000-000000000001 cpu 3',
    shape: SETTINGS.shape,
    writer: { uid: 1000, gid: 1000 },
    consumer: { uid: 1000, gid: 1000 },
    readerGid: 500,
    wakePath: stream.wakePath,
    pageBytes: 512 * 1024,
  });
  const small = { ...PART, kernel: { ...KERNEL, pageKbMax: 4 } };
  expect(steps(small, ...RULED, attached(), opened, start()).effects).toContainEqual(
    expect.objectContaining({ type: 'memory.createStream', pageBytes: 4096 }),
  );
});

it('tells its kernel link what it wants when the streams are recorded', () => {
  const { effects } = steps(PART, ...ACTIVE);
  const { pid, tid, startedAt, processName } = WRITER;
  expect(effects).toEqual([
    toConsumer({
      type: 'stream.add',
      stream: {
        streamId: 0,
        channel: 'default',
        ...stream.memory,
        shape: SETTINGS.shape,
        pid,
        tid,
        startedAt,
        processName,
        wakePath: stream.wakePath,
        switchTimerUs: SETTINGS.switchTimerUs,
        readTimerUs: SETTINGS.readTimerUs,
        kernel: { cpu: 3, pageBytes: 512 * 1024 },
      },
    }),
    recorded('active', RECORD),
    published('starting', CONSUMED),
    wanted(2, true, [CHANNEL]),
  ]);
  expect(steps(PART, ...RECORDING)).toEqual(
    at('active', [
      reply('active', CONSUMED),
      recorded('active', RECORD),
      published('active', CONSUMED),
    ]),
  );
});

it('waits for its kernel link as for applications', () => {
  expect(steps(PART, ...ACTIVE, passed(APPLY_MS_MAX)).value).toEqual(value('active'));
  expect(steps(PART, ...ACTIVE, applied(1)).value).toEqual(value({ starting: 'applying' }));
  expect(steps(PART, ...RECORDING, pause())).toEqual(
    at(
      'pausing',
      [recorded('paused', RECORD), published('pausing', CONSUMED), wanted(3, false, [CHANNEL])],
      APPLY_MS_MAX,
    ),
  );
  expect(steps(PART, ...RECORDING, pause(), applied(3)).value).toEqual(value('paused'));
  const flushing = [...RECORDING, stop(), applied(3)] as const;
  expect(steps(PART, ...flushing)).toEqual(
    at({ stopping: 'flushing' }, [toWrite({ type: 'flush', token: 1 })], DRAIN_MS_MAX),
  );
  expect(steps(PART, ...flushing, flushed(1)).value).toEqual(value('stopped'));
});

it('gives CPUs that come later streams, too', () => {
  const channels = [{ ...CHANNEL, streams: [...CHANNEL.streams, { streamId: 1, cpu: 4 }] }];
  const more = [...RECORDING, ready(3, 4), created(1)] as const;
  expect(steps(PART, ...more).effects.at(-1)).toEqual(wanted(4, true, channels));
  expect(steps(PART, ...RECORDING, ready(3)).effects).toEqual([wanted(3, true, [CHANNEL])]);
  expect(steps(PART, ...ACTIVE, ready(3, 4)).value).toEqual(value({ starting: 'applying' }));
  expect(steps(PART, ...RECORDING, pause(), ready(3, 4)).effects).toEqual([
    wanted(4, false, [CHANNEL]),
  ]);
  expect(steps(PART, ...DESTROYING.slice(0, -1), ready(3, 4)).effects).toEqual([]);
});

it('names the CPUs whose instances the kernel refused, until it gets them', () => {
  const unbuffered = (state: string) => ({
    unbuffered: {
      threads: [{ pid: 0, tid: 3, processName: 'kernel', code: 'ENOMEM', state }],
      more: 0,
    },
  });
  const refused = [...ACTIVE, applied(2, { refused: 'ENOMEM' })] as const;
  expect(steps(PART, ...refused).effects).toContainEqual(
    published('active', { ...CONSUMED, ...unbuffered('waiting') }),
  );
  expect(steps(PART, ...refused, applied(2)).effects).toEqual([
    published('active', { ...CONSUMED, ...unbuffered('served') }),
  ]);
});

it('takes channels with sub-buffers of a page at least', () => {
  const channel = { ...SETTINGS, shape: { ...SETTINGS.shape, subbufferBytes: 4096 } };
  const known = { channels: [{ settings: channel, rules: [] }], ...DOMAIN };
  expect(steps(PART, addChannel(channel)).effects).toContainEqual(reply('inactive', known));
});

it('needs a consumer of its own domain', () => {
  const what = 'The kernel part of session "web" has no consumer';
  expect(steps(PART, ...RULED, start()).effects).toEqual([
    tell('client-0', {
      type: 'reply.failure',
      id: 8,
      code: 'NO_CONSUMER',
      reason: `${what}; the lttng command starts one with your credentials`,
      session: UUID,
      domain: 'kernel',
    }),
  ]);
  expect(steps(INPUT, enable(), start()).effects).toEqual([noConsumer()]);
});

it('tells its kernel link of its consumer, and passes their words on', () => {
  const consumer = { pid: 90, uid: 1000, gid: 1000 };
  expect(steps(PART, attached()).effects).toContainEqual(
    toLink({ type: 'consumer.here', consumer }),
  );
  expect(steps(PART, attached(), lost).effects).toContainEqual(toLink({ type: 'consumer.gone' }));
  const passage = { type: 'kernel.passage', token: 1, passage: '/x' } as const;
  expect(steps(PART, attached(), { type: 'kernel.tell', message: passage }).effects).toEqual([
    toConsumer(passage),
  ]);
  const reached = { type: 'consumer.reachedPages', token: 1 } as const;
  expect(steps(PART, attached(), reached).effects).toEqual([
    toLink({ type: 'pages.reached', token: 1 }),
  ]);
  const failed = { code: 'EIO', reason: 'no pages' };
  const took = { type: 'consumer.tookPages', token: 1, failed } as const;
  expect(steps(PART, attached(), took).effects).toEqual([
    toLink({ type: 'pages.taken', token: 1, failed }),
  ]);
});

it('does not trace applications, nor looks for threads', () => {
  const restored = { ...PART, restored: recordOf('active') };
  expect(steps(restored)).toEqual(
    at('active', [recorded('active', RECORD), published('active', ONE)]),
  );
  expect(steps(restored, ready(3)).effects).toEqual([wanted(1, true, [CHANNEL])]);
});

function recordOf(state: 'active' | 'destroying'): SessionInput['restored'] & object {
  return recorded(state, RECORD).record as unknown as SessionInput['restored'] & object;
}

it('has its consumer write through its kernel link, which passes pages first', () => {
  expect(steps(PART, ...DESTROYING).effects).toEqual([toWrite({ type: 'finish' })]);
  const dismissal = command({ op: 'consumer.stop', session: 'web' });
  expect(steps(PART, ...RECORDING, dismissal).effects.at(-1)).toEqual(toWrite({ type: 'finish' }));
});

it('ends when its instances are removed', () => {
  const gone = [...DESTROYING, finished] as const;
  expect(steps(PART, ...DESTROYING.slice(0, -1)).effects.at(-1)).toEqual(
    wanted(3, false, [CHANNEL]),
  );
  expect(steps(PART, ...gone)).toEqual(
    at({ destroying: 'releasing' }, [toLink({ type: 'kernel.release' })]),
  );
  const none = { ...CONSUMED, streams: 0, writers: 0 };
  expect(steps(PART, ...gone, released)).toEqual(
    at({ destroying: 'removing' }, [
      removeStream(0),
      unrecorded,
      reply('destroying', none),
      sessionEnded,
    ]),
  );
});

it('is destroyed without its data when its user part is gone', () => {
  const orphan = { ...PART, restored: recordOf('active'), isOrphan: true as const };
  expect(steps(orphan).effects.at(-1)).toMatchObject({ type: 'memory.countUnread' });
});

it('lets the user part say what its kernel part is', () => {
  const info = { ...published('active').event.info, ...DOMAIN } as SessionInfo;
  const told = [{ type: 'kernel.published', info }] as const;
  const known = { kernel: info };
  expect(steps(INPUT, ...told).effects).toEqual([]);
  const [answer] = steps(INPUT, ...told, destroy()).effects.slice(-2);
  expect(answer).toEqual(reply('destroying', known));
  const ended = [...told, { type: 'kernel.published', info: undefined }] as const;
  expect(steps(INPUT, ...ended, destroy()).effects.slice(-2)[0]).toEqual(reply('destroying'));
});

it('is kept, with its user part, for the next registry', () => {
  expect(steps(PART, ...RECORDING, lost, ending).effects.at(-1)).toEqual(sessionKept);
  expect(steps(INPUT, joined(), { ...ending, isKept: true }).effects.at(-1)).toEqual(sessionKept);
});
