/** How long a registration rests, and what ends its wait (R1.16). */

import { expect, it } from 'vitest';
import {
  TURNED_AWAY_MS,
  VAIN_REST_MS_MAX,
} from '../../../../../actors/library/registration/context.ts';
import { PIPE_WAIT_MS_MAX } from '../../../../../src/wire/endpoints.ts';
import { passed } from '../../../../support/step.ts';
import { close, closed, openFailed } from '../../../../support/step-events.ts';
import {
  CONNECTING,
  closeBoth,
  detach,
  directoryFound,
  giveFailed,
  INPUT,
  LISTENING,
  main,
  nothingFound,
  own,
  PASSING,
  pipeSignalled,
  probe,
  resting,
  restless,
  settle,
  steps,
  turnedAway,
} from './words.ts';

it.each([
  ['closes the connection', [...PASSING, closed(main())], closeBoth],
  ['refuses the connection', [...CONNECTING, openFailed(main(), 'ECONNREFUSED')], []],
  ['does not take the channel', [...PASSING, giveFailed('ECONNREFUSED')], closeBoth],
])('waits on the pipe when the registry %s (R1.16)', (_, events, effects) => {
  expect(steps(INPUT, ...events)).toEqual(resting([...effects, settle]));
  expect(steps(INPUT, ...events, passed(20)).value).toEqual({ waitingOnPipe: 'listening' });
});

it.each([
  ['did not take the registration', [...PASSING, closed(main())], TURNED_AWAY_MS],
  ['did not listen', [...CONNECTING, openFailed(main(), 'ECONNREFUSED')], PIPE_WAIT_MS_MAX],
])('looks again for a registry that %s, after its time', (_, events, ms) => {
  expect(steps(INPUT, ...events, passed(20)).delays).toEqual([ms]);
  expect(steps(INPUT, ...events, passed(20), passed(ms)).value).toEqual({ probing: 'directory' });
});

it.each([
  ['connections', [...CONNECTING, openFailed(main(), 'EAGAIN')], []],
  ['channels', [...PASSING, giveFailed('EAGAIN')], closeBoth],
])('tries again after a rest when too many %s are pending to be accepted', (_, events, effects) => {
  expect(steps(INPUT, ...events)).toEqual(resting([...effects, settle]));
  expect(steps(INPUT, ...events, passed(20))).toEqual({
    value: { probing: 'directory' },
    effects: probe,
  });
});

it('listens on the pipe after the rest, and detaches removed memory', () => {
  expect(steps(INPUT, ...LISTENING)).toEqual({
    value: { waitingOnPipe: 'listening' },
    effects: [detach],
    delays: [PIPE_WAIT_MS_MAX],
  });
});

it.each([
  ['any signal on the pipe (R1.16)', pipeSignalled],
  ['a timeout, since the pipe may have been removed', passed(PIPE_WAIT_MS_MAX)],
])('looks again after %s', (_, event) => {
  expect(steps(INPUT, ...LISTENING, event)).toEqual({
    value: { probing: 'directory' },
    effects: probe,
  });
});

it('rests twice as long after each attempt that ends with a signal', () => {
  expect(steps(INPUT, ...restless(1), directoryFound, nothingFound)).toEqual(resting([], 40));
  expect(steps(INPUT, ...restless(5), directoryFound, nothingFound)).toEqual(resting([], 640));
});

it('rests for at most a second when no registry is found', () => {
  for (const attempts of [6, 7, 10]) {
    const longest = [...restless(attempts), directoryFound, nothingFound] as const;
    expect(steps(INPUT, ...longest)).toEqual(resting([], VAIN_REST_MS_MAX));
    expect(steps(INPUT, ...longest, passed(VAIN_REST_MS_MAX)).value).toEqual({
      waitingOnPipe: 'listening',
    });
  }
});

it('rests for at most ten seconds when a registry turns it away, and checks each second for removed memory', () => {
  const longest = turnedAway(11);
  expect(steps(INPUT, ...longest)).toEqual(resting([close(main(11)), close(own(11))], 1000));
  const second = passed(1000);
  const [nine, ten] = [Array.from({ length: 9 }, () => second), second];
  expect(steps(INPUT, ...longest, ...nine)).toEqual(resting([detach], 1000));
  expect(steps(INPUT, ...longest, ...nine, ten).value).toEqual({ waitingOnPipe: 'listening' });
});

it('rests for the shortest time again when a rest has passed without a signal', () => {
  const events = [
    ...restless(3),
    directoryFound,
    nothingFound,
    passed(160),
    pipeSignalled,
    directoryFound,
    nothingFound,
  ] as const;
  expect(steps(INPUT, ...events)).toEqual(resting([]));
});
