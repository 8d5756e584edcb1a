/** Q1 to Q4, QN1, QC1, QR2: S1 to S4, SN1, C1 and R2 on a machine that does what it seldom does. Nobody is excused. */
import { Draw } from '../input/draw.ts';
import type { Scenario, ScenarioInput } from '../input/scenario.ts';
import { QUIRKS, type Quirk } from '../machine/core/quirks.ts';
import { s2 } from './running-applications.ts';
import { c1 } from './several-clients.ts';
import { r2 } from './several-terminals.ts';
import { s1 } from './single-user.ts';
import { sn1 } from './snapshots.ts';
import { s3 } from './two-users.ts';
import { s4 } from './user-outside-the-group.ts';

/** A run has one in so many of all quirks. */
const ACTIVE_ONE_IN = 4;
/** A shell starts late, its timer fires late, and so does what it starts. */
const SERVING_LATE_MS = 250;

export const QUIRKY: readonly Scenario[] = [s1, s2, s3, s4, sn1, c1, r2].map((scenario) => ({
  id: scenario.id.startsWith('S') ? scenario.id.replace('S', 'Q') : `Q${scenario.id}`,
  title: `${scenario.id} on a machine that does what it seldom does`,
  marks: scenario.marks,
  labels: QUIRKS.filter((quirk) => isFitFor(scenario, quirk)),
  draw: (seed) =>
    quirky(
      scenario.draw(seed),
      drawQuirks(new Draw(seed, `${scenario.id} `)).filter((quirk) => isFitFor(scenario, quirk)),
    ),
}));

/** Whoever is held up while it takes a snapshot may be overtaken by who writes, which the numbers of packets say. */
function isFitFor({ id }: Scenario, quirk: Quirk): boolean {
  return id !== sn1.id || quirk !== 'preempted';
}

/** Each quirk is drawn from a label of its own. */
export function drawQuirks(draws: Draw): Quirk[] {
  return QUIRKS.filter((quirk) => draws.of(`quirk ${quirk}`).chance(ACTIVE_ONE_IN));
}

/**
 * The scenario's registry takes longer to serve, and what follows waits for it. A consumer that is late may have to
 * discard, however slowly it is recorded.
 */
export function quirky(calm: ScenarioInput, quirks: Quirk[]): ScenarioInput {
  const { isPaced: _, ...input } = calm;
  const scripts = input.scripts.map(({ user, steps }) => ({
    user,
    steps: steps.map((step) =>
      step.do === 'sessiond' ? step : { ...step, at: step.at + SERVING_LATE_MS },
    ),
  }));
  return { ...input, scripts, quirks };
}
