/** Small files of a user: a kill or a power failure leaves all of an old text or all of a new one. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { readTextFile, writeJsonFile } from '../../../../src/kept/json-file.ts';

const DIRECTORY = '/home/alice/kept';
const FILE = `${DIRECTORY}/note`;
const LONG = JSON.stringify('x'.repeat(20_000));
const READING = { bytesMax: 64 * 1024, isOfAnyone: false };

function machine(quirks: ConstructorParameters<typeof Simulation>[0]['quirks'] = []): Simulation {
  return new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
    groups: { root: 0, alice: 1001 },
    programs: {},
    ...(quirks.length === 0 ? {} : { quirks }),
  });
}

function textOn(simulation: Simulation): string | undefined {
  const bytes = simulation.readFile(FILE);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

describe('a small file', () => {
  it('is written and read although calls transfer only a part', () => {
    for (let count = 0; count < 20; count++) {
      const { world } = machine(['append-short', 'read-short']).login('alice');
      expect(writeJsonFile(world, DIRECTORY, 'note', LONG)).toEqual({ ok: true, value: undefined });
      expect(readTextFile(world, FILE, READING)).toEqual({ ok: true, value: `${LONG}\n` });
    }
  });

  it('that is durable outlives a power failure', () => {
    const simulation = machine();
    const { world } = simulation.login('alice');
    expect(writeJsonFile(world, DIRECTORY, 'note', '"one"', true).ok).toBe(true);
    expect(writeJsonFile(world, DIRECTORY, 'note', '"two"', true).ok).toBe(true);
    simulation.crashMachine();
    expect(textOn(simulation)).toBe('"two"\n');
  });

  it('is the old one or the new one after a kill at any call', () => {
    const seen = new Set<string | undefined>();
    for (let call = 1; call <= 20; call++) {
      const simulation = machine();
      const first = simulation.login('alice');
      expect(writeJsonFile(first.world, DIRECTORY, 'note', '"one"', true).ok).toBe(true);
      const { pid, world } = simulation.login('alice');
      simulation.killAtCall(pid, call);
      try {
        writeJsonFile(world, DIRECTORY, 'note', LONG, true);
      } catch {
        // The call of a dead process.
      }
      seen.add(textOn(simulation));
    }
    expect(seen).toEqual(new Set(['"one"\n', `${LONG}\n`]));
  });
});
