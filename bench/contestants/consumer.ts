/**
 * Our consumer's data path, as `ust-consumerd` has it: takes a stream as JSON and a directory, writes the trace, and
 * says how many bytes that were.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createTraceHandler } from '../../src/effects/trace.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { ConsumerStream } from '../../src/wire/control/messages.ts';
import { serve } from '../lib/contestant.ts';

const [streamText = '', output = ''] = process.argv.slice(2);
const world = createRealWorld({ log: (_level, message) => process.stderr.write(`${message}\n`) });
let isClosed: () => void;
const closed = new Promise<void>((resolve) => {
  isClosed = resolve;
});
const handle = createTraceHandler(
  world,
  (_to, event) => {
    if (event.type === 'trace.closed') isClosed();
  },
  { major: 0, minor: 1 },
);
handle({ type: 'trace.open', sessionName: 'bench', output }, 'bench');
handle({ type: 'trace.addStream', stream: JSON.parse(streamText) as ConsumerStream }, 'bench');
await serve({});
handle({ type: 'trace.close' }, 'bench');
await closed;
let bytes = 0;
for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
}
process.stdout.write(`${bytes}\n`);
