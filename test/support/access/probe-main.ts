/** Probes of one user as a process: a list of probes as JSON in argv[2]; each outcome is one line. */
import { createRealWorld } from '../../../src/os/world.ts';
import { attempt, type Probe } from './probes.ts';

const world = createRealWorld({ log: () => undefined, processName: 'probe' });
const probes = JSON.parse(process.argv[2] ?? '') as readonly Probe[];

function next(index: number): void {
  const probe = probes[index];
  if (probe === undefined) return;
  let isSaid = false;
  attempt(world, probe, (outcome) => {
    if (isSaid) return;
    isSaid = true;
    process.stdout.write(`${outcome}\n`);
    next(index + 1);
  });
}
next(0);
