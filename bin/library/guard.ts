/**
 * Keeps internal errors of the library away from the program that it runs in. The event loop calls the library only
 * through the World, so this World catches what such a callback throws, before it becomes the program's uncaught
 * exception. After the first error it drops all callbacks.
 */

import { ok } from '../../src/base/result.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';

export interface GuardedWorld {
  readonly world: World;
  /** Runs what enters on another way: from the recording of an event. */
  readonly run: (call: () => void) => void;
  /** Nothing enters any more; what is open is closed. */
  close(): void;
}

/** `onMistake` is called once. */
export function guardWorld(real: World, onMistake: (error: unknown) => void): GuardedWorld {
  return new Guard(real, onMistake);
}

class Guard implements GuardedWorld {
  readonly world: World;
  readonly #onMistake: (error: unknown) => void;
  readonly #open = new Set<{ close(): void }>();
  #isClosed = false;

  constructor(real: World, onMistake: (error: unknown) => void) {
    this.#onMistake = onMistake;
    this.world = {
      ...real,
      clock: this.#clock(real.clock),
      unix: this.#unix(real.unix),
      pipes: this.#pipes(real.pipes),
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const resource of this.#open) resource.close();
    this.#open.clear();
  }

  readonly run = (call: () => void): void => {
    if (this.#isClosed) return;
    try {
      call();
    } catch (error) {
      this.#isClosed = true;
      this.#onMistake(error);
    }
  };

  #clock(real: World['clock']): World['clock'] {
    return {
      ...real,
      setTimer: (delayMs, fire, options) =>
        real.setTimer(delayMs, () => this.run(fire), { ...options, background: true }),
    };
  }

  #unix(real: World['unix']): World['unix'] {
    return {
      ...real,
      connect: (path, options, onOutcome) =>
        real.connect(path, options, (outcome) => {
          if (this.#isClosed && outcome.ok) outcome.value.close();
          this.run(() => onOutcome(outcome.ok ? ok(this.#connection(outcome.value)) : outcome));
        }),
      passSocket: (path, toUid, options) => {
        const given = real.passSocket(path, toUid, options);
        if (!given.ok) return given;
        const { own, token } = given.value;
        return ok({ own: this.#connection(own), token });
      },
    };
  }

  #connection(real: Connection): Connection {
    this.#open.add(real);
    return {
      peer: real.peer,
      get pendingBytes() {
        return real.pendingBytes;
      },
      start: (listener) =>
        real.start({
          onData: (bytes) => this.run(() => listener.onData(bytes)),
          onClose: (reason) => {
            this.#open.delete(real);
            this.run(() => listener.onClose(reason));
          },
        }),
      send: (bytes) => real.send(bytes),
      close: () => real.close(),
      drop: () => real.drop(),
    };
  }

  #pipes(real: World['pipes']): World['pipes'] {
    return {
      ...real,
      awaitSignal: (path, onSignal) => {
        const waiting = real.awaitSignal(path, () => this.run(onSignal));
        if (!waiting.ok) return waiting;
        const wait = waiting.value;
        this.#open.add(wait);
        const close = (): void => {
          this.#open.delete(wait);
          wait.close();
        };
        return ok({ close });
      },
    };
  }
}
