/**
 * The conformance stage on the simulated World: one machine per script, one process per user, and virtual time
 * that passes only while a step waits.
 */
import { type SimProcess, Simulation } from '../../sim/machine/simulation.ts';
import { catcher } from './programs.ts';
import type { ConformanceScript, Stage, StageUser } from './stage.ts';

const UNTIL_MS = 10_000;
const POLL_MS = 1;
const SLEEP_MS = 600_000;
/** The mode of files that scripts open for the kernel to see. */
const CALL_MODE = 0o1234;
const ROOT_DIRECTORY = '/tmp/conformance';

const users: Stage['users'] = {
  root: { uid: 0, gid: 0 },
  alice: { uid: 61_001, gid: 61_001 },
  bob: { uid: 61_002, gid: 61_002 },
};

/**
 * Runs a script on a fresh machine; returns its outcome lines and the machine's violations. `onCall` receives every
 * call and delivery, see `sim/machine/core/call-trace.ts`.
 */
export async function runOnSimulatedWorld(
  script: ConformanceScript,
  seed: number,
  onCall?: (line: string) => void,
): Promise<{ readonly lines: string[]; readonly hash: string; readonly violations: number }> {
  const simulation = new Simulation({
    seed,
    users: [
      { name: 'alice', ...users.alice, groups: [] },
      { name: 'bob', ...users.bob, groups: [] },
    ],
    groups: { root: 0 },
    ...(onCall === undefined ? {} : { trace: onCall }),
    programs: {
      'exit-7': (world) => world.processes.exit(7),
      catcher,
      sleep: (world) => void world.clock.setTimer(SLEEP_MS, () => world.processes.exit(0)),
    },
  });
  const lines: string[] = [];
  const notes = new Map<string, string | number>();
  const processes = new Map<StageUser, { process: SimProcess; stage: Stage }>();
  const stageOf = (user: StageUser): Stage => {
    const known = processes.get(user);
    if (known !== undefined) return known.stage;
    const process = simulation.login(user);
    const stage = createStage(simulation, process, notes, lines);
    processes.set(user, { process, stage });
    return stage;
  };
  const { files } = stageOf('root').world;
  files.makeDirectory(ROOT_DIRECTORY, 0o777);
  for (const step of script.steps) {
    const stage = stageOf(step.user);
    if ('kill' in step) {
      simulation.kill(stage.world.identity.pid);
      processes.delete(step.user);
    } else {
      await step.run(stage);
    }
  }
  return { lines, hash: simulation.hash(), violations: simulation.violations.length };
}

function createStage(
  simulation: Simulation,
  process: SimProcess,
  notes: Map<string, string | number>,
  lines: string[],
): Stage {
  return {
    world: process.world,
    users,
    directory: ROOT_DIRECTORY,
    notes,
    keep: new Map(),
    say: (line) => void lines.push(line),
    until: async (what, condition) => {
      for (let waited = 0; !condition(); waited += POLL_MS) {
        if (waited > UNTIL_MS) throw new Error(`Waited too long until ${what}`);
        simulation.run({ forMs: POLL_MS });
      }
    },
    pass: async (milliseconds) => simulation.run({ forMs: milliseconds }),
    program: (kind, args = []) => ({ program: kind, args }),
    link: (path, target) => simulation.makeLink(process.spec.userName, path, target),
    fileCalls: {
      filter: `mode == ${CALL_MODE} && common_pid == ${process.pid}`,
      make: (count) => {
        const values = { mode: CALL_MODE };
        for (let made = 0; made < count; made++)
          simulation.kernelEvents.emit(0, 'syscalls:sys_enter_openat', values, process.pid);
      },
    },
  };
}
