/**
 * The wake-up pipes of consumers, as traced threads write them: one byte for each completed sub-buffer (R1.21). The
 * byte is a hint: a thread that cannot write it at once skips it, since a consumer also reads on its timers.
 */
import type { PipeWriter } from '../port/named-pipes.ts';
import type { World } from '../port/world.ts';

const WAKE_BYTE = Uint8Array.of(1);

export class WakePipes {
  readonly #pipes: Pick<World['pipes'], 'openWriter'>;
  /** By path. */
  readonly #writers = new Map<string, PipeWriter>();

  constructor(pipes: Pick<World['pipes'], 'openWriter'>) {
    this.#pipes = pipes;
  }

  /** Runs inside the recording of an event: it allocates only for a new pipe, and never waits. */
  wake(path: string): void {
    let writer = this.#writers.get(path);
    if (writer === undefined) {
      const opened = this.#pipes.openWriter(path);
      if (!opened.ok) return;
      writer = opened.value;
      this.#writers.set(path, writer);
    }
    if (writer.write(WAKE_BYTE)) return;
    // The pipe is full, or its reader is gone: the next sub-buffer opens it again.
    writer.close();
    this.#writers.delete(path);
  }

  closeAllBut(used: ReadonlySet<string>): void {
    for (const [path, writer] of this.#writers) {
      if (used.has(path)) continue;
      writer.close();
      this.#writers.delete(path);
    }
  }
}
