/**
 * The wake-up pipes of a consumer (R1.21): applications write a byte with each finished sub-buffer. Several streams may
 * share a pipe; a byte wakes all of them.
 */
import type { PipeWait } from '../port/named-pipes.ts';
import type { World } from '../port/world.ts';
import { errorFields } from './recording-error.ts';

interface WakePipe<Stream> {
  readonly wait: PipeWait;
  readonly streams: Set<Stream>;
}

export class WakeUps<Stream> {
  readonly #world: Pick<World, 'log' | 'pipes'>;
  readonly #onWake: (stream: Stream) => void;
  /** By path. */
  readonly #pipes = new Map<string, WakePipe<Stream>>();

  constructor(world: Pick<World, 'log' | 'pipes'>, onWake: (stream: Stream) => void) {
    this.#world = world;
    this.#onWake = onWake;
  }

  add(path: string, stream: Stream): void {
    const known = this.#pipes.get(path);
    if (known !== undefined) {
      known.streams.add(stream);
      return;
    }
    const streams = new Set([stream]);
    const wait = this.#world.pipes.read(path, () => {
      for (const woken of streams) this.#onWake(woken);
    });
    if (wait.ok) this.#pipes.set(path, { wait: wait.value, streams });
    else this.#world.log('trace.wakeUpFailed', errorFields(wait.error));
  }

  /** Removing the last stream of a pipe closes the pipe. */
  remove(path: string, stream: Stream): void {
    const known = this.#pipes.get(path);
    if (known === undefined) return;
    known.streams.delete(stream);
    if (known.streams.size > 0) return;
    known.wait.close();
    this.#pipes.delete(path);
  }
}
