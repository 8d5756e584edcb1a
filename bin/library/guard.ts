/**
 * The border between the library and the program that it lives in. Whatever enters the library from the event
 * loop comes through the World, so this World catches what a mistake of ours throws there, before it becomes the
 * program's uncaught exception. After the first one nothing enters any more and all connections are closed.
 */
import type { Connection, OsResult, PipeWriter, World } from '../../src/port/world.ts';

export interface GuardedWorld {
  readonly world: World;
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

  function run<T>(call: () => T): T | undefined {
    if (isClosed) return undefined;
    try {
      return call();
    } catch (error) {
      close();
      onMistake(error);
      return undefined;
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

  /** Writers work inside the recording of an event. */
  function openWriter(path: string): OsResult<PipeWriter> {
    const opened = run(() => real.pipes.openWriter(path));
    if (opened === undefined) return failed('pipes.openWriter', path);
    if (!opened.ok) return opened;
    const writer = opened.value;
    return {
      ok: true,
      value: {
        write: (bytes) => run(() => writer.write(bytes)) ?? false,
        close: () => run(() => writer.close()),
      },
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
      pair: (options) => {
        const made = real.unix.pair(options);
        if (!made.ok) return made;
        const { own, gift } = made.value;
        return { ok: true, value: { own: guardConnection(own), gift } };
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
      openWriter,
    },
  };
  return { world, close };
}

function failed(call: string, subject: string): OsResult<never> {
  return { ok: false, error: { code: 'EIO', call, subject } };
}
