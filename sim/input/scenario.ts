/**
 * A scenario's input: one plain value that determines a run completely. The same value gives the same run, and
 * removing a part of it leaves the noise of the other parts unchanged.
 */

import type { SignalName } from '../../src/port/processes.ts';
import type { Quirk } from '../machine/core/quirks.ts';
import type { UserSpec } from '../machine/simulation.ts';
import type { Attack } from './attack.ts';
import type { UserCommand } from './command.ts';
import type { FaultScript } from './fault.ts';
import type { Version } from './installation.ts';
import type { KernelBurst } from './kernel.ts';
import type { Mark } from './mark.ts';
import type { LossyLink, NetworkFaultScript } from './network-fault.ts';
import type { RelaySettings, SenderSettings, ViewSettings } from './relay.ts';
import type { Workload } from './workload.ts';

/** One step of a user's script; `version` selects programs of another version than this package's. */
export type ScriptStep = StepAction & { readonly version?: Version };

/** `at`: the earliest time of the step, milliseconds since the machine started. */
type StepAction =
  | { readonly at: number; readonly do: 'lttng'; readonly command: UserCommand }
  /** Starts an application in the background. */
  | {
      readonly at: number;
      readonly do: 'application';
      readonly workload: Workload;
      readonly setUserId?: SetUserId;
    }
  /** Starts a registry in the background; root's is the global one. */
  | { readonly at: number; readonly do: 'sessiond' }
  /** Sends SIGTERM to the registries of this user. */
  | { readonly at: number; readonly do: 'terminate' }
  /** Sends a signal to the commands of `lttng` that this user runs, as kill(1) does. */
  | { readonly at: number; readonly do: 'interrupt'; readonly signal: SignalName }
  /** Configures another group for the registries of this user, and sends them SIGHUP. */
  | { readonly at: number; readonly do: 'regroup'; readonly group: string }
  /** Starts a process in the background that carries out an attack. */
  | { readonly at: number; readonly do: 'attack'; readonly attack: Attack }
  /** Starts a relay in the background. */
  | { readonly at: number; readonly do: 'relayd'; readonly relay: RelaySettings }
  /** Starts a program in the background that streams to a relay. */
  | { readonly at: number; readonly do: 'sender'; readonly sender: SenderSettings }
  /** The kernel of the machine does this. */
  | { readonly at: number; readonly do: 'kernel'; readonly bursts: readonly KernelBurst[] }
  /** Starts a viewer of live sessions in the background. */
  | { readonly at: number; readonly do: 'view'; readonly view: ViewSettings };

/** A program that runs as its owner, in an environment that the user of the script chose. */
export interface SetUserId {
  readonly owner: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Script {
  readonly user: string;
  readonly steps: readonly ScriptStep[];
}

/** What one host has. */
export interface HostInput {
  readonly users: readonly UserSpec[];
  readonly groups: Readonly<Record<string, number>>;
  readonly scripts: readonly Script[];
  /** All applications record slowly enough: no event may be discarded or overwritten. */
  readonly isPaced?: true;
  /** The faults, apart from those in workloads. */
  readonly faults?: FaultScript;
  /** The quirks that the machine may show. */
  readonly quirks?: readonly Quirk[];
}

/** The name of a host and its addresses, which no other host has. */
export interface HostPlace {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** The network of a run with several hosts. */
export interface NetworkInput {
  /** The place of the first host, which the input itself describes. */
  readonly place: HostPlace;
  readonly others: readonly (HostInput & { readonly place: HostPlace })[];
  readonly faults?: NetworkFaultScript;
  /** What befalls datagrams. Left out: nothing. */
  readonly lossyLinks?: readonly LossyLink[];
}

/** The input of a run: its first host, and what concerns the whole run. */
export interface ScenarioInput extends HostInput {
  /** An integer from 0 to 2^53 - 1: determines the order of all events, and all noise. */
  readonly seed: number;
  /** The run also reads the traces at these times, milliseconds since the start. */
  readonly samplesAt: readonly number[];
  /** Left out: there is one host, on no network. */
  readonly network?: NetworkInput;
}

export interface Scenario {
  /** The name on the command line. */
  readonly id: string;
  /** One line for people. */
  readonly title: string;
  /** The marks that its runs together must reach; see `../run/ensemble.ts`. */
  readonly marks: readonly Mark[];
  /** Labels of faults and quirks that its runs together must hit. */
  readonly labels?: readonly string[];
  /** The input that belongs to a seed. */
  draw(seed: number): ScenarioInput;
}

/** Group whose members may use a global registry, in every scenario until a step changes it. */
export const TRACING_GROUP_ID = 2000;

/** Whether the input has flight-recorder sessions, which keep the buffers of ended threads. */
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
