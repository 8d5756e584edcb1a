/** The conformance suite on the real World. Scripts of several users need root, and the compiled tests. */
import { beforeAll, describe, expect, test } from 'vitest';
import { scripts } from './conformance.ts';
import { realIds, runOnRealWorld } from './real-stage.ts';
import { whyOneUserOnly } from './several-users.ts';
import { whyNoTracefs } from './tracefs.ts';

const noTracefs = whyNoTracefs();
const oneUserOnly = whyOneUserOnly([realIds.alice.uid, realIds.bob.uid]);

describe('World port, real', () => {
  /** Scripts that mostly wait, running while the others do. */
  const early = new Map<string, Promise<string[]>>();

  beforeAll(() => {
    for (const script of scripts) {
      if (script.mostlyWaits !== true) continue;
      const running = runOnRealWorld(script);
      // A failure is reported by the test that awaits it.
      running.catch(() => {});
      early.set(script.name, running);
    }
  });

  test('script names are unique', () => {
    expect(new Set(scripts.map(({ name }) => name)).size).toBe(scripts.length);
  });

  for (const script of scripts.toSorted((one, other) => rank(one) - rank(other))) {
    test(script.name, async ({ skip }) => {
      if (script.severalUsers === true) skip(oneUserOnly !== undefined, oneUserOnly);
      if (script.tracesKernel === true) skip(noTracefs !== undefined, noTracefs);
      expect(await (early.get(script.name) ?? runOnRealWorld(script))).toEqual(script.expected);
    });
  }
});

function rank(script: (typeof scripts)[number]): number {
  return script.mostlyWaits === true ? 1 : 0;
}
