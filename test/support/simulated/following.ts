/** A simulated machine where one program changes traces and another program follows them. */
import { expect } from 'vitest';
import type { Quirk } from '../../../sim/machine/core/quirks.ts';
import type { StaleCheck } from '../../../sim/machine/fs/stale-checks.ts';
import { Simulation } from '../../../sim/machine/simulation.ts';
import { decodeUtf8 } from '../../../src/base/utf8.ts';
import type { World } from '../../../src/port/world.ts';
import type { ViewSummary } from '../../../src/view/printer.ts';
import { viewTrace } from '../../../src/view/view.ts';
import { must } from '../ring/memory.ts';
import { GROUPS, USERS } from './users.ts';

/** The view follows every trace under this directory. */
export const OUT = '/tmp/out';

interface Shown {
  /** The number in the event's payload. */
  readonly n: number;
  readonly timeNs: bigint;
  /** Virtual time of the line's output. */
  readonly atNs: bigint;
}

interface Followed {
  readonly shown: readonly Shown[];
  readonly summary: ViewSummary;
  readonly staleChecks: readonly StaleCheck[];
}

/** Follows while `writer` runs; stops after `endMs`. */
export function follow(
  seed: number,
  writer: (world: World) => void,
  { endMs, quirks = [] }: { readonly endMs: number; readonly quirks?: readonly Quirk[] },
): Followed {
  const shown: Shown[] = [];
  let summary: ViewSummary | undefined;
  const viewer = (world: World): void => {
    const view = viewTrace(
      world,
      { paths: [OUT], format: 'json', color: false, follow: true },
      (bytes) => {
        for (const line of decodeUtf8(bytes).trimEnd().split('\n')) {
          const { timestamp, fields } = JSON.parse(line) as {
            timestamp: string;
            fields: { n: number };
          };
          shown.push({ n: fields.n, timeNs: BigInt(timestamp), atNs: world.clock.monotonicNs() });
        }
        return true;
      },
      (result) => {
        summary = must(result);
        world.processes.exit(0);
      },
    );
    world.clock.setTimer(endMs, () => view.stop());
  };
  const simulation = new Simulation({
    seed,
    users: USERS,
    groups: GROUPS,
    quirks,
    programs: { writer, viewer },
  });
  must(simulation.login('alice').world.files.makeDirectory(OUT, 0o700));
  simulation.spawn('alice', 'viewer');
  simulation.spawn('alice', 'writer');
  simulation.run({ forMs: endMs + 1000 });
  expect(simulation.violations).toEqual([]);
  if (summary === undefined) throw new Error('the view did not end');
  return { shown, summary, staleChecks: simulation.staleChecks };
}
