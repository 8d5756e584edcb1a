/** Waiting on the application common pipe (R1.16): for programs that found no registry when they started. */
import { COMMON_PIPE_MODE, placeOf } from '../../actors/programs/places.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { createPipes } from '../../src/os/pipes.ts';
import type { PipeWait } from '../../src/port/world.ts';
import { debugLog } from './debug.ts';

/** Calls `onSignal` once. Undefined when the pipe cannot be used: then nobody calls. */
export function awaitCommonPipe(onSignal: () => void): PipeWait | undefined {
  const { pipePath: path } = placeOf(createIdentity(), 'global');
  const pipes = createPipes(debugLog);
  let waiting = pipes.awaitSignal(path, onSignal);
  if (!waiting.ok && waiting.error.code === 'ENOENT') {
    pipes.create(path, { mode: COMMON_PIPE_MODE });
    waiting = pipes.awaitSignal(path, onSignal);
  }
  if (waiting.ok) return waiting.value;
  const { code } = waiting.error;
  debugLog('warn', 'Cannot wait for a registry on the common pipe', { path, code });
  return undefined;
}
