/** Invariants of a session (stated at the fields in `context.ts`). */
import { assert } from '../../../src/base/assert.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import { STREAMS_MAX, TRACKED_IDS_MAX } from '../../../src/wire/limits.ts';
import {
  ABSENT_CHECK_MS_MAX,
  ABSENT_CHECK_MS_MIN,
  APP_LINKS_MAX,
  AWAITING_MAX,
  CHANNELS_MAX,
  SNAPSHOTS_MAX,
  UNBUFFERED_ENDED_MAX,
  UNBUFFERED_RETRY_MS_MAX,
  UNBUFFERED_RETRY_MS_MIN,
} from '../limits.ts';
import { isPassing, isPinned, type SessionContext } from './context.ts';
import { isShared } from './shared.ts';
import { isWaiting } from './unbuffered.ts';

export function checkSession(context: SessionContext, before: SessionContext): void {
  checkBounds(context);
  checkRotation(context);
  checkConsumer(context);
  if (context.place !== before.place) checkPlace(context, before);
  if (context.apps !== before.apps) checkApps(context);
  const { streams, isGathering, snapshots } = before;
  const isSame =
    context.streams === streams &&
    context.isGathering === isGathering &&
    context.snapshots === snapshots;
  if (!isSame) checkStreams(context);
  const { answering, state, owesFlush, absentRestMs } = context;
  assert(answering.length === 0 || isPassing(state), 'inv:session.answering:on-the-way');
  assert(!owesFlush || state !== 'inactive', 'inv:session.owesFlush:has-recorded');
  assert(
    absentRestMs >= ABSENT_CHECK_MS_MIN && absentRestMs <= ABSENT_CHECK_MS_MAX,
    'inv:session.absentRestMs:bounded',
  );
  assert(
    context.unbufferedRestMs >= UNBUFFERED_RETRY_MS_MIN &&
      context.unbufferedRestMs <= UNBUFFERED_RETRY_MS_MAX,
    'inv:session.unbufferedRestMs:bounded',
  );
  const ended = context.unbuffered.threads.filter((one) => !isWaiting(one));
  assert(ended.length <= UNBUFFERED_ENDED_MAX, 'inv:session.unbuffered:bounded');
  assert(context.abandoned === undefined || context.isAbandoned, 'inv:session.abandoned:asked-for');
}

function checkBounds(context: SessionContext): void {
  assert(context.channels.length <= CHANNELS_MAX, 'inv:session.channels:bounded');
  assert(
    Object.values(context.trackers).every((ids) => ids.length <= TRACKED_IDS_MAX),
    'inv:session.trackers:bounded',
  );
  assert(context.streams.length <= STREAMS_MAX, 'inv:session.streams:bounded');
  assert(context.apps.length <= APP_LINKS_MAX, 'inv:session.apps:bounded');
  assert(context.snapshots.length <= SNAPSHOTS_MAX, 'inv:session.snapshots:bounded');
  assert(context.awaiting.length <= AWAITING_MAX, 'inv:session.awaiting:bounded');
  assert(context.watching.length <= AWAITING_MAX, 'inv:session.watching:bounded');
  assert(context.dismissing.length <= AWAITING_MAX, 'inv:session.dismissing:bounded');
  assert(context.answering.length <= AWAITING_MAX, 'inv:session.answering:bounded');
}

function checkRotation({ rotation: { isDue, everyUs, atBytes } }: SessionContext): void {
  assert(
    isDue === undefined || everyUs !== undefined || atBytes !== undefined,
    'inv:session.rotation:due-by-a-schedule',
  );
}

function checkConsumer(context: SessionContext): void {
  const { consumer, awaiting, awaitingFirst, watching, dismissing, isDismissed } = context;
  const hasConsumer = consumer !== undefined;
  assert(!hasConsumer || !context.isFlightRecorder, 'inv:session.consumer:none-of-a-recorder');
  assert(awaiting.length === 0 || consumer?.isOpen !== true, 'inv:session.awaiting:needs-none');
  assert(awaitingFirst <= awaiting.length, 'inv:session.awaitingFirst:among-awaiting');
  assert(watching.length === 0 || hasConsumer || isDismissed, 'inv:session.watching:may-be-lost');
  assert(!isDismissed || consumer?.isOpen !== true, 'inv:session.isDismissed:writes-no-more');
  assert(
    dismissing.length === 0 || (hasConsumer && isDismissed),
    'inv:session.dismissing:of-a-consumer',
  );
}

function checkPlace({ place, output }: SessionContext, before: SessionContext): void {
  const { destination, use, present, link } = place;
  const enabled = isRelay(destination) ? 'relay' : 'files';
  assert(use !== 'enabled' || present === enabled, 'inv:session.place:enabled-is-present');
  assert(use !== 'disabled' || present === 'nowhere', 'inv:session.place:disabled-is-nowhere');
  assert(present !== 'relay' || use === 'enabled', 'inv:session.place:relay-is-enabled');
  assert(present !== 'files' || output !== undefined, 'inv:session.place:files-have-a-directory');
  assert(
    link === 'apart' || link === 'connecting' || present === 'relay',
    'inv:session.place:linked-to-a-relay',
  );
  assert(
    before.place.present !== 'relay' ||
      present !== 'relay' ||
      destination === before.place.destination,
    'inv:session.place:frozen',
  );
}

function checkApps({ apps, version }: SessionContext): void {
  const newest = apps.at(-1);
  for (const traced of apps) {
    const { app, sent, applied, isLagging } = traced;
    assert(traced === newest || app.link !== newest?.app.link, 'inv:session.apps:own-link');
    assert(applied <= sent && sent <= version, 'inv:session.apps:applied-what-was-sent');
    assert(!isLagging || applied < sent, 'inv:session.apps:laggard-is-behind');
  }
}

function checkStreams(context: SessionContext): void {
  const { streams, nextStreamId, isGathering } = context;
  const mayKeep = isPinned(context) || isGathering;
  for (const stream of streams) {
    const { streamId, memory, ended, isFree, isRetired, isReleased, isUnrecorded } = stream;
    assert(
      isFree === undefined || (ended && memory !== undefined && isShared(context, stream)),
      'inv:session.streams:free-is-shared',
    );
    assert(
      isRetired === undefined || (ended && !isFree),
      'inv:session.streams:retired-is-not-free',
    );
    assert(!isUnrecorded || isGathering, 'inv:session.streams:is-being-recorded');
    assert(streamId < nextStreamId, 'inv:session.streams:id-was-taken');
    assert(
      isReleased === undefined || (ended && mayKeep),
      'inv:session.streams:released-for-snapshot',
    );
  }
}
