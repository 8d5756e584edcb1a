/** Waiting on the application common pipe (R1.16): for programs that found no registry when they started. */
import { clearTimeout, setTimeout } from 'node:timers';
import { isMainThread } from 'node:worker_threads';
import { fail } from '../../src/base/result.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { createPipes } from '../../src/os/pipes.ts';
import type { NamedPipes } from '../../src/port/named-pipes.ts';
import { COMMON_PIPE_MODE, locationOf, PIPE_WAIT_MS_MAX } from '../../src/wire/endpoints.ts';
import { Guard } from './guard.ts';
import { debugLog, debugMistake } from './guest/debug.ts';

export interface CommonPipeWait {
  /** Resolves at a signal, or after PIPE_WAIT_MS_MAX without one or without a usable pipe. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Any user may signal the pipe without end; the program then checks for a registry this often. */
const REST_MS = 500;

/** Why the last wait failed: the library waits every few seconds, and says it once. */
let reported: string | undefined;

/** Does not keep the program alive. */
export function awaitCommonPipe(): CommonPipeWait {
  const { pipePath: path } = locationOf(createIdentity(), 'global');
  const pipes = libraryPipes(createPipes(debugLog, new Guard(debugMistake)));
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const arm = (): ReturnType<typeof pipes.awaitSignal> => pipes.awaitSignal(path, end);
  let waiting = arm();
  if (!waiting.ok && waiting.error.code === 'ENOENT') {
    pipes.create(path, { mode: COMMON_PIPE_MODE });
    waiting = arm();
  }
  if (!waiting.ok) {
    const { code } = waiting.error;
    if (code !== reported) debugLog('registration.waitFailed', { path, code });
    reported = code;
  }
  const relook = setTimeout(end, PIPE_WAIT_MS_MAX).unref();
  return {
    ended,
    close: () => {
      clearTimeout(relook);
      if (waiting.ok) waiting.value.close();
    },
  };
}

/**
 * The pipes of the library in this thread. Only a main thread waits on the common pipe: a worker thread would need
 * native code for a descriptor that it can close (`src/os/descriptor.ts`), and looks again after a while in any case.
 */
export function libraryPipes(pipes: NamedPipes): NamedPipes {
  if (isMainThread) return pipes;
  return {
    ...pipes,
    awaitSignal: (path) => fail({ code: 'ENOSYS', call: 'pipes.awaitSignal', subject: path }),
  };
}

/** Does not keep the program alive. */
export function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, REST_MS).unref();
  });
}
