/** Preloaded into `lttng-sim`: blinds scenario S1. It makes the same draws but starts no application. */
import type { ScenarioInput, ScriptStep } from '../../../sim/input/scenario.ts';
import { s1 } from '../../../sim/scenarios/single-user.ts';

const { draw } = s1;
Object.assign(s1, { draw: (seed: number) => withoutApplications(draw(seed)) });

function withoutApplications(input: ScenarioInput): ScenarioInput {
  const scripts = input.scripts.map(({ user, steps }) => ({ user, steps: steps.map(without) }));
  return { ...input, scripts };
}

/** Only the session. */
function without(step: ScriptStep): ScriptStep {
  if (step.do !== 'lttng' || step.command.kind !== 'record') return step;
  const { name, output } = step.command;
  return {
    ...step,
    command: {
      kind: 'operations',
      operations: [
        { op: 'session.create', name, output },
        { op: 'session.destroy', session: name },
      ],
    },
  };
}
