/** Threads that have no buffers, because the system refuses the memory or they cannot attach it (R1.7, R1.18). */

import { expect, it } from 'vitest';
import {
  APPLY_MS_MAX,
  UNBUFFERED_ENDED_MAX,
  UNBUFFERED_RETRY_MS_MAX,
  UNBUFFERED_RETRY_MS_MIN,
  UNBUFFERED_SHOWN_MAX,
  UNBUFFERED_TRIED_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { AppIdentity } from '../../../../../actors/sessiond/messages.ts';
import type { SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { passed } from '../../../../support/step.ts';
import {
  ACTIVE,
  APP,
  applied,
  created,
  createStream,
  INPUT,
  joined,
  left,
  partOf,
  RECORDING,
  refusing,
  steps,
  stop,
  streamFailed,
  TOLD_VERSION,
  told,
  value,
} from './words.ts';

const RESTING = { unbuffered: 'resting' };
/** Active, with a thread whose memory could not be made: it has the empty part of version 3. */
const REFUSED = [...ACTIVE, joined(), streamFailed(0), applied(TOLD_VERSION)] as const;

type Threads = NonNullable<SessionInfo['unbuffered']>;
function unbufferedIn(effects: readonly object[]): Threads | undefined {
  const last = effects.findLast((effect) => JSON.stringify(effect).includes('session.changed'));
  return (last as { event: { info: SessionInfo } } | undefined)?.event.info.unbuffered;
}
const namedAs = (state: Threads['threads'][number]['state'], code: string): Threads => ({
  threads: [{ pid: 40, tid: 40, processName: 'shop', code, state }],
  more: 0,
});

it('names the threads whose memory could not be made, and logs each once', () => {
  const { value: active, effects } = steps(INPUT, ...ACTIVE, joined(), streamFailed(0));
  expect(active).toEqual(value('active', RESTING));
  expect(unbufferedIn(effects)).toEqual(namedAs('waiting', 'ENOMEM'));
  expect(JSON.stringify(effects)).toContain('stream.createFailed');
  const again = [...REFUSED, passed(UNBUFFERED_RETRY_MS_MIN), streamFailed(1)] as const;
  expect(JSON.stringify(steps(INPUT, ...again).effects)).not.toContain('stream.createFailed');
});

it('names threads past the share of their user with a bound, and serves them later', () => {
  const past = { ...streamFailed(0), share: { streams: 2, bytes: 4096 } };
  const refused = [...ACTIVE, joined(), past, applied(TOLD_VERSION)] as const;
  const { effects } = steps(INPUT, ...ACTIVE, joined(), past);
  expect(unbufferedIn(effects)).toEqual(namedAs('waiting', 'LIMIT'));
  expect(JSON.stringify(effects)).toContain('stream.shareExhausted');
  const retried = [...refused, passed(UNBUFFERED_RETRY_MS_MIN)] as const;
  const again = steps(INPUT, ...retried, { ...past, streamId: 1 });
  expect(JSON.stringify(again.effects)).not.toContain('stream.shareExhausted');
  const served = steps(INPUT, ...retried, created(1), applied(TOLD_VERSION + 3));
  expect(unbufferedIn(served.effects)).toEqual(namedAs('served', 'LIMIT'));
});

it('tries again, at growing intervals', () => {
  expect(steps(INPUT, ...REFUSED, passed(UNBUFFERED_RETRY_MS_MIN))).toEqual({
    value: value('active', RESTING),
    effects: [createStream(1)],
    delays: [2 * UNBUFFERED_RETRY_MS_MIN],
  });
  let ms = UNBUFFERED_RETRY_MS_MIN;
  const events: (ReturnType<typeof passed> | ReturnType<typeof streamFailed>)[] = [];
  for (let attempt = 1; attempt < 10; attempt++) {
    events.push(passed(ms), streamFailed(attempt));
    ms = Math.min(2 * ms, UNBUFFERED_RETRY_MS_MAX);
  }
  expect(steps(INPUT, ...REFUSED, ...events, passed(ms)).delays).toEqual([UNBUFFERED_RETRY_MS_MAX]);
});

it('says that a thread got its buffers late, when it has attached them', () => {
  const made = [...REFUSED, passed(UNBUFFERED_RETRY_MS_MIN), created(1)] as const;
  expect(steps(INPUT, ...made).effects).toContainEqual(told(TOLD_VERSION + 3, partOf(true, 1)));
  const { value: active, effects } = steps(INPUT, ...made, applied(TOLD_VERSION + 3));
  expect(active).toEqual(value('active'));
  expect(unbufferedIn(effects)).toEqual(namedAs('served', 'ENOMEM'));
});

it('remembers a thread that ended without buffers', () => {
  const { value: active, effects } = steps(
    INPUT,
    ...REFUSED,
    left(true),
    joined({ ...APP, pid: 7 }),
  );
  expect(active).toEqual(value('active'));
  expect(unbufferedIn(steps(INPUT, ...REFUSED, left(true), stop()).effects)).toEqual(
    namedAs('ended', 'ENOMEM'),
  );
  expect(effects).toContainEqual(createStream(1, { ...APP, pid: 7 }));
});

it('sends its part again to a thread that could not attach its buffers', () => {
  const refused = [...RECORDING.slice(0, -1), refusing(TOLD_VERSION, 'EIDRM')] as const;
  const { value: active, effects } = steps(INPUT, ...refused);
  expect(active).toEqual(value('active', RESTING));
  expect(unbufferedIn(effects)).toEqual(namedAs('waiting', 'EIDRM'));
  const again = [...refused, passed(UNBUFFERED_RETRY_MS_MIN)] as const;
  expect(steps(INPUT, ...again).effects).toEqual([told(TOLD_VERSION + 1, partOf(true))]);
  const served = steps(INPUT, ...again, applied(TOLD_VERSION + 1));
  expect(unbufferedIn(served.effects)).toEqual(namedAs('served', 'EIDRM'));
  // What it says about an earlier part does not count.
  expect(steps(INPUT, ...again, applied(TOLD_VERSION)).value).toEqual(value('active', RESTING));
});

it('does not try while it does not record', () => {
  const stopped = steps(INPUT, ...REFUSED, stop(), passed(APPLY_MS_MAX));
  expect(stopped.value).toMatchObject({ unbuffered: 'none' });
});

/** So many threads without buffers, and the number of the next stream. */
function crowd(count: number) {
  const apps = Array.from(
    { length: count },
    (_, n): AppIdentity => ({ ...APP, link: `app-${100 + n}`, pid: 100 + n, tid: 100 + n }),
  );
  const events = apps.flatMap((app, n) => [joined(app), streamFailed(n, app)]);
  return { apps, events: [...ACTIVE, ...events] };
}

it(`tries for ${UNBUFFERED_TRIED_MAX} threads at a time, and for others next`, () => {
  const { apps, events } = crowd(UNBUFFERED_TRIED_MAX + 1);
  const first = steps(INPUT, ...events, passed(UNBUFFERED_RETRY_MS_MIN));
  const streams = apps.map((app, n) => createStream(apps.length + n, app));
  expect(first.effects).toEqual(streams.slice(0, UNBUFFERED_TRIED_MAX));
  const failing = apps
    .slice(0, UNBUFFERED_TRIED_MAX)
    .map((app, n) => streamFailed(apps.length + n, app));
  const next = [passed(UNBUFFERED_RETRY_MS_MIN), ...failing, passed(2 * UNBUFFERED_RETRY_MS_MIN)];
  const links = steps(INPUT, ...events, ...next).effects.map((effect) => JSON.stringify(effect));
  expect(links.some((text) => text.includes(`app-${100 + UNBUFFERED_TRIED_MAX}`))).toBe(true);
});

it(`names ${UNBUFFERED_SHOWN_MAX} threads, remembers ${UNBUFFERED_ENDED_MAX} ended ones, and counts the others`, () => {
  const { apps, events } = crowd(UNBUFFERED_ENDED_MAX + 2);
  const ends = apps.map((app) => left(true, app));
  const { threads, more } = unbufferedIn(steps(INPUT, ...events, ...ends, stop()).effects) ?? {
    threads: [],
    more: 0,
  };
  expect(threads.length).toBe(UNBUFFERED_SHOWN_MAX);
  expect(threads.length + more).toBe(UNBUFFERED_ENDED_MAX + 2);
});
