/** Q1 to Q4, QN1, QC1, QR2: S1 to S4, SN1, C1 and R2 on a machine with quirks, which excuse nothing. */
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

/** The fraction of all quirks in a run: one in so many. */
const ACTIVE_ONE_IN = 4;
/** A shell starts late, its timer fires late, and its child starts late, too. */
const SERVING_LATE_MS = 250;

export const QUIRKY: readonly Scenario[] = [s1, s2, s3, s4, sn1, c1, r2].map((scenario) => ({
  id: scenario.id.startsWith('S') ? scenario.id.replace('S', 'Q') : `Q${scenario.id}`,
  title: `${scenario.id} on a machine with quirks`,
  marks: scenario.marks,
  labels: QUIRKS.filter((quirk) => isFitFor(scenario, quirk)),
  draw: (seed) =>
    quirky(
      scenario.draw(seed),
      drawQuirks(new Draw(seed, `${scenario.id} `)).filter((quirk) => isFitFor(scenario, quirk)),
    ),
}));

/** Writers may overtake a delayed snapshot; its packet sequence numbers show that. */
function isFitFor({ id }: Scenario, quirk: Quirk): boolean {
  return id !== sn1.id || quirk !== 'preempted';
}

/** Each quirk is drawn from its own label. */
export function drawQuirks(draws: Draw): Quirk[] {
  return QUIRKS.filter((quirk) => draws.of(`quirk ${quirk}`).chance(ACTIVE_ONE_IN));
}

/**
 * The registry takes longer to serve, so all later steps are delayed. With a late consumer, applications may discard
 * events however slowly they record.
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
