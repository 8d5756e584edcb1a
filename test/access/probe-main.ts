/** One probe as a process of its own: the probe as JSON in argv[2], the outcome as one line. */
import { createRealWorld } from '../../src/os/world.ts';
import { attempt, type Probe } from './probes.ts';

const world = createRealWorld({ log: () => undefined, processName: 'probe' });
attempt(world, JSON.parse(process.argv[2] ?? '') as Probe, (outcome) => {
  process.stdout.write(`${outcome}\n`);
});
