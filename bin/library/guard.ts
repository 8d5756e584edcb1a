/**
 * Keeps internal errors of the library away from the program that it runs in. The event loop calls the library only
 * through the World, so this World catches what such a callback throws, before it becomes the program's uncaught
 * exception. After the first error it drops all callbacks.
 */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';

export interface GuardedWorld {
  readonly world: World;
  /** Runs a call that does not come through the World: from the recording of an event. */
  run(call: () => void): void;
  /** Closes what is open, and drops all later callbacks. */
  close(): void;
}

/** Calls `onError` at most once. */
export function guardWorld(real: World, onError: (error: unknown) => void): GuardedWorld {
  const open = new Set<{ close(): void }>();
  let isClosed = false;

  function close(): void {
    isClosed = true;
    for (const resource of open) resource.close();
    open.clear();
  }

  function run(call: () => void): void {
    if (isClosed) return;
    try {
      call();
    } catch (error) {
      isClosed = true;
      onError(error);
    }
  }

  function guardConnection(connection: Connection): Connection {
    open.add(connection);
    return {
      peer: connection.peer,
      get pendingBytes() {
        return connection.pendingBytes;
      },
      start: (listener) =>
        connection.start({
          onData: (bytes) => run(() => listener.onData(bytes)),
          onClose: (reason) => {
            open.delete(connection);
            run(() => listener.onClose(reason));
          },
        }),
      send: (bytes) => connection.send(bytes),
      close: () => connection.close(),
      drop: () => connection.drop(),
    };
  }

  const world: World = {
    ...real,
    clock: {
      ...real.clock,
      setTimer: (delayMs, fire, options) =>
        real.clock.setTimer(delayMs, () => run(fire), { ...options, background: true }),
    },
    unix: {
      ...real.unix,
      connect: (path, options, onOutcome) =>
        real.unix.connect(path, options, (outcome) => {
          if (isClosed && outcome.ok) outcome.value.close();
          run(() =>
            onOutcome(outcome.ok ? { ok: true, value: guardConnection(outcome.value) } : outcome),
          );
        }),
      give: (path, toUid, options) => {
        const given = real.unix.give(path, toUid, options);
        if (!given.ok) return given;
        const { own, token } = given.value;
        return { ok: true, value: { own: guardConnection(own), token } };
      },
    },
    pipes: {
      ...real.pipes,
      awaitSignal: (path, onSignal) => {
        const waiting = real.pipes.awaitSignal(path, () => run(onSignal));
        if (!waiting.ok) return waiting;
        const wait = waiting.value;
        open.add(wait);
        return {
          ok: true,
          value: {
            close: () => {
              open.delete(wait);
              wait.close();
            },
          },
        };
      },
    },
  };
  return { world, run, close };
}
