/** One bad peer cannot fill the log, nor hide that it tried. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { limitPeerLines, PEER_LINES_MAX, PEER_LINES_MS } from '../../../../src/effects/peer-log.ts';
import type { Log } from '../../../../src/port/log.ts';

function logging(): { simulation: Simulation; log: Log; messages(): string[] } {
  const simulation = new Simulation({ seed: 1, users: [], groups: {}, programs: {} });
  const { world } = simulation.login('root');
  return {
    simulation,
    log: limitPeerLines(world),
    messages: () =>
      simulation.log.map(({ event, fields }) => `${event} ${fields['lines'] ?? fields['uid']}`),
  };
}

function times(count: number, act: () => void): void {
  for (let index = 0; index < count; index++) act();
}

describe('limitPeerLines()', () => {
  it('writes PEER_LINES_MAX lines about a user, then how many more there were', () => {
    const { simulation, log, messages } = logging();
    times(PEER_LINES_MAX + 5, () => log('custom.cutOff', { uid: 7 }));
    simulation.run({ forMs: PEER_LINES_MS - 1 });
    expect(messages()).toEqual(new Array(PEER_LINES_MAX).fill('custom.cutOff 7'));
    simulation.run({ forMs: 2 });
    expect(messages().slice(PEER_LINES_MAX)).toEqual(['peer.linesSuppressed 5']);
    log('custom.cutOff', { uid: 7 });
    expect(messages().at(-1)).toBe('custom.cutOff 7');
  });

  it('says nothing more when PEER_LINES_MAX were enough', () => {
    const { simulation, log, messages } = logging();
    times(PEER_LINES_MAX, () => log('custom.cutOff', { uid: 7 }));
    simulation.run({ forMs: PEER_LINES_MS + 1 });
    expect(messages()).toHaveLength(PEER_LINES_MAX);
  });

  it('counts users and events separately, and writes all lines without a user', () => {
    const { log, messages } = logging();
    times(PEER_LINES_MAX + 1, () => log('custom.cutOff', { uid: 7 }));
    log('custom.cutOff', { uid: 8 });
    log('custom.turnedAway', { uid: 7 });
    times(2 * PEER_LINES_MAX, () => log('custom.ready', {}));
    expect(messages().filter((line) => !line.startsWith('custom.ready'))).toEqual([
      ...new Array<string>(PEER_LINES_MAX).fill('custom.cutOff 7'),
      'custom.cutOff 8',
      'custom.turnedAway 7',
    ]);
    expect(messages().filter((line) => line.startsWith('custom.ready'))).toHaveLength(
      2 * PEER_LINES_MAX,
    );
  });
});
