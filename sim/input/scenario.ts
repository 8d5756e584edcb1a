/**
 * A scenario's input: one plain value that says everything about a run. The same value gives the same run, and
 * leaving a part of it out leaves the noise of the other parts as it was.
 */

import type { Quirk } from '../machine/core/quirks.ts';
import type { UserSpec } from '../machine/simulation.ts';
import type { Attack } from './attack.ts';
import type { UserCommand } from './command.ts';
import type { FaultScript } from './fault.ts';
import type { Version } from './installation.ts';
import type { Mark } from './mark.ts';
import type { Workload } from './workload.ts';

/** What a user does, in order, with programs of this version, when it is another one than this package's. */
export type ScriptStep = StepAction & { readonly version?: Version };

/** `at`: not before this, milliseconds since the machine started. */
type StepAction =
  | { readonly at: number; readonly do: 'lttng'; readonly command: UserCommand }
  /** Starts an application and goes on. */
  | { readonly at: number; readonly do: 'application'; readonly workload: Workload }
  /** Starts a registry and goes on; root's is the global one. */
  | { readonly at: number; readonly do: 'sessiond' }
  /** Ends the registries of this user by SIGTERM. */
  | { readonly at: number; readonly do: 'terminate' }
  /** Names another group to the registries of this user, and has them read it by SIGHUP. */
  | { readonly at: number; readonly do: 'regroup'; readonly group: string }
  /** Carries out an attack in a process of its own, and goes on. */
  | { readonly at: number; readonly do: 'hostile'; readonly trick: Attack };

export interface Script {
  readonly user: string;
  readonly steps: readonly ScriptStep[];
}

export interface ScenarioInput {
  /** An integer from 0 to 2^53 - 1: the order of everything, and all noise. */
  readonly seed: number;
  readonly users: readonly UserSpec[];
  readonly groups: Readonly<Record<string, number>>;
  readonly scripts: readonly Script[];
  /** The traces are read at these times too, milliseconds since the start. */
  readonly samplesAt: readonly number[];
  /** Everybody records slowly enough: nothing may be discarded or overwritten. */
  readonly isPaced?: true;
  /** What goes wrong, apart from what workloads do to themselves. */
  readonly faults?: FaultScript;
  /** What the machine does that it seldom does. */
  readonly quirks?: readonly Quirk[];
}

export interface Scenario {
  /** As users type it. */
  readonly id: string;
  /** One line for people. */
  readonly title: string;
  /** What it is there to reach, in one run or another; see `../run/ensemble.ts`. */
  readonly marks: readonly Mark[];
  /** Labels of what is to hit somebody in one run or another: faults and quirks. */
  readonly labels?: readonly string[];
  /** The input that belongs to a seed. */
  draw(seed: number): ScenarioInput;
}

/** Group whose members may use a global registry, in every scenario until it is changed. */
export const TRACING_GROUP_ID = 2000;

/** Sessions that keep what threads leave in their buffers. */
export function hasFlightRecorders({ scripts }: ScenarioInput): boolean {
  return scripts.some(({ steps }) =>
    steps.some(
      (step) =>
        step.do === 'lttng' &&
        ((step.command.kind === 'record' && step.command.onCrash !== undefined) ||
          (step.command.kind === 'operations' &&
            step.command.operations.some(
              (operation) => operation.op === 'session.create' && operation.flightRecorder,
            ))),
    ),
  );
}
