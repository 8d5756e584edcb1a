/**
 * The coverage of the conformance suite: every primitive that our programs use, every error code that one of them
 * compares, and every error that the simulated kernel returns to them. A new branch, or a new error of the simulator,
 * fails here without a script.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { runScenario } from '../../sim/run/run.ts';
import { drawWith, FAULTY } from '../../sim/scenarios/faults.ts';
import { SCENARIOS } from '../../sim/scenarios/index.ts';
import { scripts } from './conformance.ts';
import { runOnSimulatedWorld } from './sim-stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The folders whose code runs on a World and compares its errors. */
const ON_A_WORLD = ['actors', 'src/effects', 'src/recorder', 'src/runtime', 'src/tracer'];

/** The comparisons with error codes, in order, and the calls that return each code there. */
const BRANCHES: Readonly<Record<string, readonly Branch[]>> = {
  'actors/client/sentences.ts': [
    ['ENOENT', 'unix.connect'],
    ['ECONNREFUSED', 'unix.connect'],
    ['EACCES', 'unix.connect'],
    ['ENAMETOOLONG', 'unix.connect'],
  ],
  'actors/library/registration/setup.ts': [['EAGAIN', 'unix.connect', 'unix.passSocket']],
  'actors/sessiond/kernel-link/tracing.ts': [['EINVAL', 'kernel.setEvent']],
  'actors/sessiond/registry/machine.ts': [['EAGAIN', 'files.lock']],
  'actors/sessiond/relay-link/context.ts': [['ENOTFOUND', 'network.resolve']],
  'src/effects/durable-records.ts': [['ENOENT', 'files.remove']],
  'src/effects/files.ts': [
    ['ENOENT', 'pipes.awaitSignal'],
    ['EEXIST', 'pipes.create'],
    ['ENXIO', 'pipes.signal'],
    ['EEXIST', 'pipes.create'],
  ],
  'src/effects/kernel/instances.ts': [
    ['ENOENT', 'kernel.enabledEvents'],
    ['ENOENT', 'kernel.setRecording'],
  ],
  'src/effects/kernel/removals.ts': [
    ['ENOENT', 'kernel.removeInstance'],
    ['EAGAIN', 'kernel.removeInstance'],
    ['EAGAIN', 'kernel.removeInstance'],
  ],
  'src/effects/memory.ts': [
    ['EEXIST', 'pipes.create'],
    ['EIDRM', 'memory.remove'],
  ],
  'src/effects/memory/sweep.ts': [
    ['EIDRM', 'memory.attachReadable'],
    ['ENOENT', 'files.remove'],
    ['ENOENT', 'files.remove'],
  ],
  'src/recorder/chunk-archive.ts': [
    ['ENOENT', 'files.list'],
    ['ENOENT', 'files.open'],
    ['ENOTDIR', 'files.list'],
    ['ENOENT', 'files.list'],
  ],
  'src/recorder/consumed-stream.ts': [['EIDRM', 'memory.info']],
  'src/recorder/open-recorder.ts': [
    ['EIDRM', 'memory.attachReadable', 'memory.attachWritable'],
    ['EACCES', 'memory.attachReadable', 'memory.attachWritable'],
  ],
  'src/recorder/process-trace.ts': [['EAGAIN', 'files.lock']],
  'src/recorder/pumped-recorder.ts': [['EAGAIN', 'kernel.claimPages']],
  'src/recorder/snapshot-copier.ts': [
    ['ENOENT', 'files.list', 'files.remove'],
    ['ENOENT', 'files.info'],
  ],
  'src/recorder/stream-tracefiles.ts': [
    ['ENOENT', 'files.remove'],
    ['ENOENT', 'files.info'],
  ],
  'src/tracer/attached-streams.ts': [['EIDRM', 'memory.info']],
};
type Branch = readonly [code: string, ...calls: string[]];

/** The test of the real World that shows the errors of the machine's limits. */
const LIMITS = 'test/unit/src/os/world.limits.test.ts';
const AT_LIMITS = ['EMFILE', 'ENOSPC'];

/** Faults whose errors the simulated kernel produces by itself. */
const FAULTS = [
  'disk-full',
  'descriptors-full',
  'memory-full',
  'memory-removed',
  'mode-lost',
  'half-open',
];
const SEEDS = [1, 2, 3];

interface ActorView {
  readonly calls: Set<string>;
  /** `call CODE`. */
  readonly errors: Set<string>;
}

/** Reads the lines of `sim/machine/core/call-trace.ts`. */
function watcher(seen: ActorView): (line: string) => void {
  return (line) => {
    const [, call, code] = /^\S+ \S+ ([a-z]+\.[a-zA-Z]+)\b(?:.*: (E[A-Z0-9]+)$)?/.exec(line) ?? [];
    const [, asked, refused] = /< (network\.\w+) (E[A-Z_]+)$/.exec(line) ?? [];
    const [, connected] = /< connect (E[A-Z0-9]+)$/.exec(line) ?? [];
    if (call !== undefined) seen.calls.add(call);
    if (code !== undefined) seen.errors.add(`${call} ${code}`);
    if (asked !== undefined) seen.errors.add(`${asked} ${refused}`);
    if (connected !== undefined) seen.errors.add(`unix.connect ${connected}`);
  };
}

const shown: ActorView = { calls: new Set(), errors: new Set() };
const met: ActorView = { calls: new Set(), errors: new Set() };

beforeAll(async () => {
  for (const script of scripts) await runOnSimulatedWorld(script, 1, watcher(shown));
  const onCall = watcher(met);
  const calm = SCENARIOS.filter((each) => !FAULTY.includes(each));
  for (const scenario of calm) runScenario(scenario.draw(1), { onCall });
  for (const label of FAULTS) {
    const [scenario] = FAULTY;
    if (scenario === undefined) continue;
    for (const seed of SEEDS) runScenario(drawWith(label, scenario, seed), { onCall });
  }
});

/** The error codes that a file compares with; not those that it creates itself. */
function codesIn(path: string): string[] {
  const made = /(?:code: |\bfail\(\s*|return (?:\w+ \? )?)'E[A-Z0-9]+'(?: : 'E[A-Z0-9]+')?/g;
  const text = readFileSync(`${ROOT}${path}`, 'utf8').replaceAll(made, '');
  return [...text.matchAll(/'(E[A-Z0-9]{3,})'/g)].flatMap(([, code]) => code ?? []);
}

function filesOn(directory: string): string[] {
  return readdirSync(`${ROOT}${directory}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${directory}/${name}`);
}

describe('the conformance suite shows', () => {
  test('every branch on an error code', () => {
    const found = ON_A_WORLD.flatMap(filesOn).flatMap((path) => {
      const codes = codesIn(path);
      return codes.length === 0 ? [] : [[path, codes] as const];
    });
    const known = Object.entries(BRANCHES).map(
      ([path, branches]) => [path, branches.map(([code]) => code)] as const,
    );
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(known));
  });

  test.each(Object.entries(BRANCHES))('the errors that %s has branches for', (_, branches) => {
    const wanted = branches.flatMap(([code, ...calls]) => calls.map((call) => `${call} ${code}`));
    expect(wanted.filter((error) => !shown.errors.has(error))).toEqual([]);
  });

  test('every call that our programs make', () => {
    expect(met.calls.size).toBeGreaterThan(40);
    expect([...met.calls].filter((call) => !shown.calls.has(call))).toEqual([]);
  });

  test('every error that the simulated kernel gives our programs', () => {
    expect(met.errors.size).toBeGreaterThan(15);
    const missing = [...met.errors].filter((error) => !shown.errors.has(error));
    const isAtLimit = (error: string): boolean => AT_LIMITS.some((code) => error.endsWith(code));
    expect(missing.filter((error) => !isAtLimit(error))).toEqual([]);
    const limits = readFileSync(`${ROOT}${LIMITS}`, 'utf8');
    for (const code of AT_LIMITS) expect(limits).toContain(`'${code}'`);
  });
});
