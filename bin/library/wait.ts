/** Waiting on the application common pipe (R1.16): for programs that found no registry when they started. */
import { clearTimeout, setTimeout } from 'node:timers';
import { createIdentity } from '../../src/os/identity.ts';
import { createPipes } from '../../src/os/pipes.ts';
import { COMMON_PIPE_MODE, locationOf, PIPE_WAIT_MS_MAX } from '../../src/wire/endpoints.ts';
import { Guard } from './guard.ts';
import { debugLog, debugMistake } from './guest/debug.ts';

export interface CommonPipeWait {
  /** True on a signal; false after RELOOK_MS without one, or without a usable pipe: then the caller checks again. */
  readonly signalled: Promise<boolean>;
  close(): void;
}

/** Does not keep the program alive. */
export function awaitCommonPipe(): CommonPipeWait {
  const { pipePath: path } = locationOf(createIdentity(), 'global');
  const pipes = createPipes(debugLog, new Guard(debugMistake));
  let settle: (isSignalled: boolean) => void = () => undefined;
  const signalled = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const arm = (): ReturnType<typeof pipes.awaitSignal> =>
    pipes.awaitSignal(path, () => settle(true));
  let waiting = arm();
  if (!waiting.ok && waiting.error.code === 'ENOENT') {
    pipes.create(path, { mode: COMMON_PIPE_MODE });
    waiting = arm();
  }
  if (!waiting.ok) {
    const { code } = waiting.error;
    debugLog('registration.waitFailed', { path, code });
  }
  const relook = setTimeout(settle, PIPE_WAIT_MS_MAX, false).unref();
  return {
    signalled,
    close: () => {
      clearTimeout(relook);
      if (waiting.ok) waiting.value.close();
    },
  };
}
