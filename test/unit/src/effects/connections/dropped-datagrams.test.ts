/** Datagrams that a relay drops are counted, whatever address they claim to come from. */
import { expect, it } from 'vitest';
import { Simulation } from '../../../../../sim/machine/simulation.ts';
import {
  DROPPED_LOG_MS,
  DroppedDatagrams,
} from '../../../../../src/effects/connections/dropped-datagrams.ts';

it('logs the first one, then how many more there were, as long as there are any', () => {
  const simulation = new Simulation({ seed: 1, users: [], groups: {}, programs: {} });
  const { world } = simulation.login('root');
  const dropped = new DroppedDatagrams(world);
  const note = (count: number): void => {
    for (let at = 0; at < count; at++) dropped.note('is bad', { host: `10.0.0.${at}`, port: at });
  };
  const logged = (): unknown[] => simulation.log.map(({ event, fields }) => [event, fields]);
  const first = ['relay.datagramDropped', { reason: 'is bad', host: '10.0.0.0', port: 0 }];
  note(200);
  expect(logged()).toEqual([first]);
  simulation.run({ forMs: DROPPED_LOG_MS + 10 });
  note(1);
  simulation.run({ forMs: DROPPED_LOG_MS + 10 });
  const more = [199, 1].map((datagrams) => ['relay.datagramsDropped', { datagrams }]);
  expect(logged()).toEqual([first, ...more]);
  simulation.run({ forMs: DROPPED_LOG_MS + 10 });
  note(1);
  expect(logged()).toEqual([first, ...more, first]);
});
