/** Waiting on the application common pipe (R1.16): for programs that found no registry when they started. */
import { clearTimeout, setTimeout } from 'node:timers';
import { createIdentity } from '../../src/os/identity.ts';
import { createPipes } from '../../src/os/pipes.ts';
import { COMMON_PIPE_MODE, locationOf, PIPE_WAIT_MS_MAX } from '../../src/wire/endpoints.ts';
import { debugLog } from './guest/debug.ts';

export interface CommonPipeWait {
  /** Resolves at a signal, or after PIPE_WAIT_MS_MAX without one or without a usable pipe. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Any user may signal the pipe without end; the program then checks for a registry this often. */
const REST_MS = 500;

/** Does not keep the program alive. */
export function awaitCommonPipe(): CommonPipeWait {
  const { pipePath: path } = locationOf(createIdentity(), 'global');
  const pipes = createPipes(debugLog);
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
    debugLog('registration.waitFailed', { path, code });
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

/** Does not keep the program alive. */
export function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, REST_MS).unref();
  });
}
