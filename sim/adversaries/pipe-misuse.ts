/** A process that misuses a named pipe on which programs of other users wait. */
import type { World } from '../../src/port/world.ts';
import type { Attack } from '../input/attack.ts';

const EVERY_MS = 10;
/** The longest write of the port. */
const WRITE_BYTES = 512;

/** Returns a function that ends the misuse. */
export function misusePipe(
  world: World,
  { path, misuse }: Attack & { readonly kind: 'pipe-misuse' },
): () => void {
  const { pipes, files } = world;
  const mode = misuse === 'closed-to-others' ? 0o600 : 0o666;
  pipes.create(path, { mode });
  switch (misuse) {
    case 'held-for-writing': {
      // Opened for both, so that it needs no reader.
      const held = pipes.read(path, () => undefined);
      return () => held.ok && held.value.close();
    }
    case 'held-for-reading':
      return waitAgain(world, path);
    case 'filled':
      return repeat(world, () => fill(world, path));
    case 'flooded':
      return repeat(world, () => write(world, path, 1));
    case 'signalled':
      return repeat(world, () => pipes.signal(path));
    case 'closed-to-others':
      return () => undefined;
    case 'replaced':
      return repeat(world, () => {
        files.remove(path);
        pipes.create(path, { mode });
      });
  }
}

function repeat({ clock }: World, act: () => void): () => void {
  let timer = clock.setTimer(0, again);
  function again(): void {
    act();
    timer = clock.setTimer(EVERY_MS, again);
  }
  return () => timer.cancel();
}

function waitAgain({ pipes }: World, path: string): () => void {
  const wait = (): ReturnType<typeof pipes.awaitSignal> =>
    pipes.awaitSignal(path, () => {
      waiting = wait();
    });
  let waiting = wait();
  return () => waiting.ok && waiting.value.close();
}

function fill(world: World, path: string): void {
  write(world, path, Number.POSITIVE_INFINITY);
}

/** Writes up to `most` times, as long as the pipe takes the bytes. */
function write({ pipes }: World, path: string, most: number): void {
  const writer = pipes.openWriter(path);
  if (!writer.ok) return;
  let count = 0;
  while (count < most && writer.value.write(new Uint8Array(WRITE_BYTES))) count += 1;
  writer.value.close();
}
