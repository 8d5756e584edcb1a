/** Snapshots of a session: the session keeps a listed stream until the snapshot has attached it (R1.23). */

import { expect, it } from 'vitest';
import { SNAPSHOTS_MAX } from '../../../../../actors/sessiond/limits.ts';
import type { ErrorCode } from '../../../../../src/wire/control/error-code.ts';
import type { ToConsumer } from '../../../../../src/wire/control/messages.ts';
import { tell } from '../../../../support/step-events.ts';
import {
  APP,
  applied,
  at,
  attached,
  begun,
  consumerStream,
  copied,
  copyEnded,
  destroy,
  FINISHING,
  finished,
  INPUT,
  introduction,
  left,
  lost,
  ONE_CONSUMED,
  ONE_RECORD,
  published,
  RECORDING,
  recorded,
  released,
  removeStream,
  reply,
  sessionEnded,
  steps,
  streamRecord,
  TOLD_VERSION,
  toConsumer,
  unrecorded,
} from './words.ts';

const accepted = tell('client-6', { type: 'consumer.accepted' });
const toSnapshot = (message: ToConsumer) => toConsumer(message, 'client-6');
const refused = (code: ErrorCode, reason: string) =>
  tell('client-6', { type: 'consumer.refused', code, reason });
const ENDED = { ...ONE_CONSUMED, writers: 0 };

it('sends a snapshot every stream, and the end of the list', () => {
  expect(steps(INPUT, ...RECORDING, begun())).toEqual(
    at('active', [
      accepted,
      toSnapshot(introduction(70)),
      toSnapshot({ type: 'stream.add', stream: consumerStream(0) }),
      toSnapshot({ type: 'finish' }),
    ]),
  );
});

it('does not change its recording when a snapshot attaches, and when it ends', () => {
  expect(steps(INPUT, ...RECORDING, begun(), copied())).toEqual(at('active', []));
  expect(steps(INPUT, ...RECORDING, begun(), copied(), copyEnded())).toEqual(at('active', []));
});

it('keeps streams that its consumer has released until the snapshots have attached them', () => {
  const written = [...RECORDING, begun(), left(true), released(0)] as const;
  const record = { ...ONE_RECORD, streams: [streamRecord(0, APP, true)] };
  expect(steps(INPUT, ...written)).toEqual(
    at('active', [recorded('active', record), published('active', ENDED)]),
  );
  const removed = at('active', [
    recorded('active', { ...ONE_RECORD, streams: [] }),
    published('active', { ...ENDED, streams: 0 }),
    removeStream(0),
  ]);
  expect(steps(INPUT, ...written, copied())).toEqual(removed);
  expect(steps(INPUT, ...written, copyEnded())).toEqual(removed);
});

it('waits for all snapshots that have begun', () => {
  const written = [...RECORDING, begun(), begun('client-7'), left(true), released(0)] as const;
  expect(steps(INPUT, ...written, copied())).toEqual(at('active', []));
  expect(steps(INPUT, ...written, copied(), copyEnded('client-7')).effects.at(-1)).toEqual(
    removeStream(0),
  );
});

it('sends neither a snapshot nor a consumer streams that it only keeps for other snapshots', () => {
  const written = [...RECORDING, begun('client-7'), left(true), released(0)] as const;
  expect(steps(INPUT, ...written, begun()).effects).toEqual([
    accepted,
    toSnapshot(introduction(70)),
    toSnapshot({ type: 'finish' }),
  ]);
  expect(steps(INPUT, ...written, lost, attached()).effects.slice(1, -1)).toEqual([
    toConsumer(introduction(70)),
  ]);
});

it('is destroyed when the snapshots that have begun are attached', () => {
  const events = [...RECORDING, begun(), destroy(), applied(TOLD_VERSION + 1), finished] as const;
  expect(steps(INPUT, ...events)).toEqual(at({ destroying: 'unpinning' }, []));
  expect(steps(INPUT, ...events, copied())).toEqual(
    at({ destroying: 'removing' }, [
      removeStream(0),
      unrecorded,
      reply('destroying', { ...ENDED, streams: 0 }),
      sessionEnded,
    ]),
  );
});

it('begins no snapshot while it is destroyed', () => {
  expect(steps(INPUT, ...FINISHING, begun())).toEqual(
    at({ destroying: 'finishing' }, [refused('SESSION_BUSY', 'Session "web" is being destroyed')]),
  );
});

it(`has ${SNAPSHOTS_MAX} snapshots at once, and refuses one more until one has ended`, () => {
  const most = Array.from({ length: SNAPSHOTS_MAX - 1 }, (_, index) => begun(`client-1${index}`));
  expect(steps(INPUT, ...most, begun()).effects[0]).toEqual(accepted);
  const all = [...most, begun('client-7')] as const;
  const reason = `${SNAPSHOTS_MAX} snapshots of session "web" are already in progress`;
  expect(steps(INPUT, ...all, begun()).effects).toEqual([refused('LIMIT', reason)]);
  expect(steps(INPUT, ...all, copied('client-7'), begun()).effects).toEqual([
    refused('LIMIT', reason),
  ]);
  expect(steps(INPUT, ...all, copyEnded('client-7'), begun()).effects[0]).toEqual(accepted);
});
