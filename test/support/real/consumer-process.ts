/**
 * A user's process with the stream of an application and the recorder of its consumer, which `network/passed.test.ts`
 * drives over a channel. It starts as root, loads all modules, and then changes to the user (argv: uid, gid,
 * directory).
 */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { RecorderEffect } from '../../../src/effects/contract/recorder.ts';
import { createRecorderHandler } from '../../../src/effects/recorder.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import { string, u32 } from '../../../src/tracer/types.ts';
import { must } from '../ring/memory.ts';
import { consumed, createStreamMemory, traceInto } from '../simulated/stream-memory.ts';

/** What the test asks for: each is answered with `done`. Events are sent when they come. */
export type Request = { readonly tell: RecorderEffect } | { readonly emit: number };
export type Answer = { readonly event: EffectEvent } | { readonly done: true };

const SHAPE = { subbufferBytes: 65_536, subbufferCount: 32, overwrite: false };
const TEXT = 'x'.repeat(500);

const [, , uid, gid, directory = ''] = process.argv;
const say = (answer: Answer): void => void process.send?.(answer);

becomeUser();
const world = createRealWorld({ log: () => {} });
const memory = createStreamMemory(world, 3, SHAPE, `${directory}/wake`);
const tick = traceInto(world, memory).tracepoint('test:tick', { n: u32, text: string });
const handle = createRecorderHandler(world, (_, event) => say({ event }), { major: 0, minor: 1 });
let emitted = 0;

process.on('message', (message) => {
  const request = message as Request;
  if ('tell' in request) handle(request.tell, 'consumer');
  else for (let n = 0; n < request.emit; n++) tick({ n: emitted++, text: TEXT });
  say({ done: true });
});
process.on('disconnect', () => {
  for (const segment of [memory.dataSegment, memory.positionSegment])
    must(world.memory.remove(segment));
  process.exit(0);
});

const session = { name: 'web', uuid: '0c6ac9f1-5e0c-4d3c-9f0a-2c7d2f6c3f11' };
handle({ type: 'recorder.open', session }, 'consumer');
handle({ type: 'recorder.addStream', stream: consumed(memory) }, 'consumer');

function becomeUser(): void {
  const { random, users } = createRealWorld({ log: () => {} });
  // The packages that the World loads at first use.
  random.uuid('first use');
  users.groupId('root');
  process.setgroups?.([]);
  process.setgid?.(Number(gid));
  process.setuid?.(Number(uid));
}
