/**
 * Fuzzes on demand: `node dist/test/fuzz/main.js [--count N] [--frames N] [--seed N] [--real]`. N streams to each side
 * of the protocols, N simulated machines for the registry and for its peers, frames of hostile peers for a relay, and
 * with `--real` N visits to a real daemon. Prints the sent blows, the reasons of cut-offs, and the defects; exit status
 * 1 when there are any.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DIST_VARIABLE } from '../global-setup.ts';
import { fuzzFrames } from './frames.ts';
import { fuzzRegistry } from './registry.ts';
import { fuzzRelay } from './relay.ts';
import { report, type Tally } from './tally.ts';
import { fuzzVictims } from './victims.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    frames: { type: 'string', default: '100000' },
    real: { type: 'boolean', default: false },
  },
});
const runs = Number(values.count);
const seed = Number(values.seed);
let defects = 0;

function print(title: string, tally: Tally): void {
  defects += tally.defects.length;
  process.stdout.write(`${report(title, tally)}\n\n`);
}

print('Frames', fuzzFrames(runs, seed));
print('Registry', fuzzRegistry(runs, seed));
print('Command, consumer, library', fuzzVictims(runs, seed));
print('Relay', fuzzRelay(Number(values.frames), seed));
if (values.real) {
  process.env[DIST_VARIABLE] ??= join(import.meta.dirname, '../..');
  const { fuzzDaemon } = await import('./daemon.ts');
  const { tally, rssBytesBefore, rssBytesAfter } = await fuzzDaemon(runs, seed);
  print('Daemon', tally);
  process.stdout.write(`RSS ${rssBytesBefore} bytes halfway, ${rssBytesAfter} at the end\n`);
}
process.exit(defects === 0 ? 0 : 1);
