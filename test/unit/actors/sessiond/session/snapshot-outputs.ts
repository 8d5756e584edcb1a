/** Where the snapshots of a session go, and what they begin after. */
import { expect, it } from 'vitest';
import type { SessionInput } from '../../../../../actors/sessiond/messages.ts';
import type { SnapshotOutput } from '../../../../../src/wire/control/snapshot-output.ts';
import {
  APP,
  applied,
  at,
  clear,
  command,
  created,
  enable,
  FINISHING,
  FLIGHT_RECORDER,
  INPUT,
  published,
  recorded,
  refusal,
  reply,
  start,
  steps,
} from './words.ts';

const add = (output: SnapshotOutput) => command({ op: 'snapshot.add', session: 'web', ...output });
const remove = (id: string) => command({ op: 'snapshot.remove', session: 'web', id });
const OUT: SnapshotOutput = { output: '/home/alice/out', name: 'out', bytesMax: 65_536 };
const OWN = { output: '/home/alice/trace' };

const having = (snapshotOutput?: SnapshotOutput) => {
  const more = snapshotOutput === undefined ? {} : { snapshotOutput };
  return at('inactive', [
    recorded('inactive', more),
    reply('inactive', more),
    published('inactive', more),
  ]);
};
const unnamed = (id: string) =>
  refusal('NO_SNAPSHOT_OUTPUT', `Session "web" has no snapshot output "${id}"`);
const refusalOf = (input: SessionInput, ...events: Parameters<typeof steps>[1][]) =>
  steps(input, ...events).effects[0];

it('has one output, by its number or its name', () => {
  expect(steps(INPUT, add(OUT))).toEqual(having(OUT));
  expect(steps(INPUT, add(OUT), remove('out'))).toEqual(having());
  expect(steps(INPUT, add(OUT), remove('1'))).toEqual(having());
  expect(steps(INPUT, add(OWN), remove('snapshot-1'))).toEqual(having());
  expect(steps(INPUT, add(OUT), remove('out'), add(OWN))).toEqual(having(OWN));
  expect(refusalOf(INPUT, add(OUT), remove('snapshot-1'))).toEqual(unnamed('snapshot-1'));
  expect(refusalOf(INPUT, add(OUT), remove('2'))).toEqual(unnamed('2'));
  expect(refusalOf(INPUT, remove('1'))).toEqual(unnamed('1'));
});

it('refuses a second one', () => {
  const second = (name: string) =>
    refusal(
      'ALREADY',
      `Session "web" has the snapshot output "${name}"; "lttng snapshot del-output" comes first`,
    );
  expect(refusalOf(INPUT, add(OUT), add(OWN))).toEqual(second('out'));
  expect(refusalOf(FLIGHT_RECORDER, add(OUT))).toEqual(second('snapshot-1'));
});

it('begins with its directory when it is a flight recorder, and may lose that for good', () => {
  const flight = { flightRecorder: true } as const;
  const infoOf = (input: SessionInput, ...events: Parameters<typeof steps>[1][]) =>
    steps(input, ...events).effects.at(-1);
  expect(infoOf(FLIGHT_RECORDER)).toEqual(
    published('inactive', { ...flight, snapshotOutput: OWN }),
  );
  const none = { isFlightRecorder: true, snapshotOutput: null };
  expect(steps(FLIGHT_RECORDER, remove('1')).effects).toEqual([
    recorded('inactive', none),
    reply('inactive', flight),
    published('inactive', flight),
  ]);
  expect(infoOf(restoredWith(none))).toEqual(published('stopped', flight));
  // The record of an earlier version.
  expect(infoOf(restoredWith({ isFlightRecorder: true }))).toEqual(
    published('stopped', { ...flight, snapshotOutput: OWN }),
  );
  const other = { isFlightRecorder: true, snapshotOutput: OUT };
  expect(infoOf(restoredWith(other))).toEqual(
    published('stopped', { ...flight, snapshotOutput: OUT }),
  );
});

function restoredWith(more: object): SessionInput {
  const { record } = recorded('stopped', more);
  return { ...FLIGHT_RECORDER, restored: record as unknown as SessionInput['restored'] & object };
}

it('clears the buffers of a flight recorder, unless it answers another command', () => {
  const recording = [enable(), start(), created(0), applied(1)] as const;
  const asked = { type: 'memory.clear', link: 'client-0', id: 8, streams: [] };
  expect(steps(FLIGHT_RECORDER, clear()).effects).toEqual([asked]);
  const { dataSegment, positionSegment } = created(0);
  const input = { ...FLIGHT_RECORDER, apps: [APP] };
  expect(steps(input, ...recording, clear()).effects).toEqual([
    { ...asked, streams: [{ dataSegment, positionSegment }] },
  ]);
  const cleared = { type: 'memory.cleared', link: 'client-0', id: 8 } as const;
  const more = { flightRecorder: true, snapshotOutput: OWN } as const;
  expect(steps(FLIGHT_RECORDER, cleared).effects).toEqual([reply('inactive', more)]);
  expect(steps(INPUT, ...FINISHING, clear()).effects).toEqual([
    refusal(
      'SESSION_BUSY',
      'Session "web" is executing another command; try again when that has finished',
    ),
  ]);
});
