/**
 * The border between the library and the program that it lives in. Whatever enters the library from the event
 * loop comes through the World, so this World catches what a mistake of ours throws there, before it becomes the
 * program's uncaught exception. After the first one nothing enters any more.
 */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';

export interface GuardedWorld {
  readonly world: World;
  /** Runs what enters on another way: from the recording of an event. */
  run(call: () => void): void;
  /** Nothing enters any more; what is open is closed. */
  close(): void;
}

/** `onMistake` is called once. */
export function guardWorld(real: World, onMistake: (error: unknown) => void): GuardedWorld {
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
      onMistake(error);
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
