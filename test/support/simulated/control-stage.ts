/** A simulated machine for the control library: its user, a client of the registry, and what the registry accepts. */
import { setImmediate } from 'node:timers/promises';
// The client and the control import these when they first run; they are loaded here so that `settle` does not wait for
// the disk.
import '../../../actors/programs/client.ts';
import '../../../actors/programs/supervisor.ts';
import '../../../bin/control/calls/consumers.ts';
import '../../../bin/control/calls/create.ts';
import '../../../bin/control/calls/information.ts';
import '../../../bin/control/calls/programs.ts';
import '../../../bin/control/calls/rules.ts';
import '../../../bin/control/calls/saved.ts';
import '../../../bin/control/calls/sessions.ts';
import '../../../bin/control/calls/traces.ts';
import '../../../bin/control/calls/watch.ts';
import { startConsumer } from '../../../actors/programs/consumer.ts';
import { startSessiond } from '../../../actors/programs/sessiond.ts';
import type { Control } from '../../../bin/control/api/control.ts';
import { ControlError } from '../../../bin/control/api/control-error.ts';
import { createControl } from '../../../bin/control/control.ts';
import { type Progress, RegistryClient } from '../../../bin/control/registry-client.ts';
import { type SimProcess, Simulation } from '../../../sim/machine/simulation.ts';
import type { World } from '../../../src/port/world.ts';
import { SNAPSHOT_OPTION } from '../../../src/wire/launch.ts';

/** Virtual time between two checks of a promise, and the maximum number of checks. */
const TURN_MS = 10;
const TURNS_MAX = 10_000;
/** What Node.js would load into traced programs. */
const REGISTER = '/opt/lttng-ts/register.cjs';
const SESSIOND = { program: 'lttng-ts:lttng-sessiond', args: [] };

/** A control of a program whose signals are its own. */
export function controlOf(world: World, { startsRegistry = true } = {}): Control {
  const sessiond = startsRegistry ? SESSIOND : undefined;
  return createControl(new RegistryClient(world, { sessiond, catchesSignals: false }), REGISTER);
}

/** A stage with a control whose registry runs. */
export async function openedControl(): Promise<{ stage: ControlStage; control: Control }> {
  const stage = new ControlStage();
  const control = controlOf(stage.hands.world);
  await stage.settle(control.overview());
  return { stage, control };
}

/** The error of a call, as code and sentence. */
export async function refusalOf(stage: ControlStage, call: Promise<unknown>): Promise<string> {
  const thrown: unknown = await stage.settle(
    call.then(
      () => 'no error',
      (error: unknown) => error,
    ),
  );
  return thrown instanceof ControlError ? `${thrown.code}: ${thrown.message}` : String(thrown);
}

interface StageOptions {
  readonly startsRegistry?: boolean;
  readonly seed?: number;
  /** The World of a registry, made of that of its process. */
  readonly worldOf?: (world: World) => World;
}

export class ControlStage {
  readonly simulation: Simulation;
  /** A process of alice, in her home directory. */
  readonly hands: SimProcess;
  readonly client: RegistryClient;
  readonly progress: Progress[] = [];
  /** Process ids of the peers whose connections the registry accepted, in order. */
  readonly accepted: number[] = [];

  constructor({ startsRegistry = true, seed = 1, worldOf = (world) => world }: StageOptions = {}) {
    this.simulation = new Simulation({
      seed,
      users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
      groups: { root: 0, alice: 1001 },
      programs: {
        'lttng-sessiond': (world) => startSessiond(worldOf(this.#counting(world)), {}),
        'ust-consumerd': (world, [scope, sessionUuid = '', ...options]) =>
          startConsumer(world, {
            scope: scope === 'global' ? 'global' : 'user',
            sessionUuid,
            snapshot: options[0] === SNAPSHOT_OPTION ? options[1] : undefined,
          }),
        // Ends with this status after this time.
        worker: ({ clock, processes }, [status, ms]) => {
          clock.setTimer(Number(ms), () => processes.exit(Number(status)));
        },
      },
    });
    this.hands = this.simulation.login('alice');
    this.client = new RegistryClient(this.hands.world, {
      sessiond: startsRegistry ? SESSIOND : undefined,
      onProgress: (progress) => this.progress.push(progress),
    });
  }

  /** Lets virtual time pass until the promise is settled. */
  async settle<T>(pending: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = pending.finally(() => {
      isSettled = true;
    });
    for (let turn = 0; !isSettled && turn < TURNS_MAX; turn++) {
      this.simulation.run({ forMs: TURN_MS });
      await setImmediate();
    }
    if (!isSettled) throw new Error('the promise did not settle');
    return settled;
  }

  /** Kills the registry. */
  killRegistry(): void {
    const registry = this.simulation
      .processes()
      .find(({ program, isAlive }) => program === 'lttng-sessiond' && isAlive);
    if (registry === undefined) throw new Error('no registry runs');
    this.simulation.kill(registry.pid);
  }

  /** The number of connections of the user's process. */
  get connections(): number {
    return this.accepted.filter((pid) => pid === this.hands.pid).length;
  }

  #counting(world: World): World {
    const { unix } = world;
    const listen: World['unix']['listen'] = (path, options, onConnection) =>
      unix.listen(path, options, (connection) => {
        const peer = connection.peer();
        if (path.endsWith('/client.sock') && peer.ok) this.accepted.push(peer.value.pid);
        onConnection(connection);
      });
    return { ...world, unix: { ...unix, listen } };
  }
}
