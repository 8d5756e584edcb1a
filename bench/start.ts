/**
 * The time that tracing adds to the start and end of a program. Runs an empty program alone, with the library and no
 * registry, with a registry, and with a session that records it. See `docs/performance.md`.
 *
 * Use: `npm run bench:start [rounds]`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { NS_PER_MS } from '../src/base/time.ts';
import { machine, median, say, spread, table } from './lib/figures.ts';
import { BIN, startRegistry } from './lib/ours.ts';

const ROUNDS = Number(process.argv[2] ?? 21);
const WARM_ROUNDS = 2;
const LIBRARY = ['--require', join(BIN, 'register.cjs')];

const nowhere = { LTTNG_TS_RUNDIR: '/nonexistent', LTTNG_TS_PIPE: '/nonexistent' };
const idle = await startRegistry();
const recording = await startRegistry();
recording.command('create', 'bench', '--output', join(recording.directory, 'trace'));
recording.command('add-event', '*', '--session', 'bench');
recording.command('start', 'bench');

const CASES = [
  { title: 'node -e 0', args: [], env: {} },
  { title: 'library, no registry', args: LIBRARY, env: nowhere },
  { title: 'library, registry', args: LIBRARY, env: idle.env },
  { title: 'library, registry, all events recorded', args: LIBRARY, env: recording.env },
];
const wall = CASES.map((): number[] => []);
for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
  for (const [index, { args, env }] of CASES.entries()) {
    const begin = process.hrtime.bigint();
    const { status } = spawnSync(process.execPath, [...args, '-e', '0'], {
      env: { ...process.env, ...env },
    });
    const elapsed = Number(process.hrtime.bigint() - begin) / NS_PER_MS;
    if (status !== 0) throw new Error(`node ended with ${status}`);
    if (round >= 0) wall[index]?.push(elapsed);
  }
}
const plain = median(wall[0] ?? []);
say(machine());
say(
  `Milliseconds from the start of a process to its end, median [least..most] of ${ROUNDS} rounds:\n`,
);
say(
  table([
    ['', 'wall', 'added'],
    ...CASES.map(({ title }, index) => [
      title,
      spread(wall[index] ?? []),
      (median(wall[index] ?? []) - plain).toFixed(1),
    ]),
  ]),
);
recording.command('destroy', 'bench');
await recording.end();
await idle.end();
