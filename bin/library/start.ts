/**
 * Finds out whether there is a registry before anything costly is loaded.
 *
 * Most programs run where nobody traces. For them this is all: look for the registries' sockets, wait on the common
 * pipe (R1.16). Only when there is a socket of the right owner, or the pipe is signalled, `connect.ts` is loaded
 * with everything that talks; it looks anew, by the same rules, so nothing is decided here.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  COMMON_PIPE_MODE,
  ownerUidOf,
  placeOf,
  type RegistryScope,
  scopesOf,
} from '../../actors/programs/places.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { createPipes } from '../../src/os/pipes.ts';
import type { Identity, OsResult, PipeWait } from '../../src/port/world.ts';
import type { Tracer } from '../../src/tracer/tracer.ts';
import { debugLog, debugMistake } from './debug.ts';

/** Never throws. `onSettled` is called at least once, perhaps before this returns. */
export function startRegistration(tracer: Tracer, onSettled: () => void): void {
  let wait: PipeWait | undefined;
  let isConnecting = false;

  function connect(): void {
    if (isConnecting) return;
    isConnecting = true;
    wait?.close();
    import('./connect.ts').then((module) => module.connect(tracer, onSettled)).catch(giveUp);
  }
  function giveUp(error: unknown): void {
    debugMistake(error);
    onSettled();
  }

  try {
    if (isOwnProgram()) {
      onSettled();
      return;
    }
    const identity = createIdentity();
    const scopes = scopesOf(identity.uid);
    // Armed before the look, so that a registry which starts in between is not missed.
    const waiting = awaitCommonPipe(identity, connect);
    if (waiting.ok) wait = waiting.value;
    if (scopes.some((scope) => hasSocket(identity, scope))) connect();
    else onSettled();
  } catch (error) {
    giveUp(error);
  }
}

/** The programs of this package do not trace themselves, whatever the environment says. */
function isOwnProgram(): boolean {
  const main = process.argv[1];
  if (main === undefined) return false;
  try {
    return realpathSync(main).startsWith(fileURLToPath(new URL('../', import.meta.url)));
  } catch {
    return false;
  }
}

function awaitCommonPipe(identity: Identity, onSignal: () => void): OsResult<PipeWait> {
  const { pipePath } = placeOf(identity, 'global');
  const pipes = createPipes(debugLog);
  const waiting = pipes.awaitSignal(pipePath, onSignal);
  if (waiting.ok || waiting.error.code !== 'ENOENT') return waiting;
  pipes.create(pipePath, { mode: COMMON_PIPE_MODE });
  return pipes.awaitSignal(pipePath, onSignal);
}

function hasSocket(identity: Identity, scope: RegistryScope): boolean {
  const found = lstatSync(placeOf(identity, scope).appPath, { throwIfNoEntry: false });
  return found?.isSocket() === true && found.uid === ownerUidOf(scope, identity.uid);
}
