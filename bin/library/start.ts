/**
 * Finds out whether there is a registry before anything costly is loaded.
 *
 * Most programs run where nobody traces. For them this is all: look for the registries' sockets and, when the
 * program turns out to live longer, wait on the common pipe (R1.16). Only when there is a socket of the right owner,
 * or the pipe is signalled, all that talks to registries is loaded; it looks anew, by the same rules, so nothing
 * is decided here.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { createIdentity } from '../../src/os/identity.ts';
import { locationOf, ownerUidOf, scopesOf } from '../../src/wire/endpoints.ts';
import { debugMistake } from './guest/debug.ts';

/** Programs shorter than this are over before they would have been traced, and pay for no wait. */
const WAIT_DELAY_MS = 50;

/**
 * Never throws. Calls `connect` when there may be a registry, now or later; `onSettled` when there is none at
 * the moment, before this returns, and when connecting failed.
 */
export function startRegistration(connect: () => Promise<void>, onSettled: () => void): void {
  const giveUp = (error: unknown): void => {
    debugMistake(error);
    onSettled();
  };
  try {
    if (isOwnProgram()) {
      onSettled();
    } else if (isRegistryThere()) {
      connect().catch(giveUp);
    } else {
      onSettled();
      setTimeout(() => {
        waitForRegistry(connect).catch(giveUp);
      }, WAIT_DELAY_MS).unref();
    }
  } catch (error) {
    giveUp(error);
  }
}

async function waitForRegistry(connect: () => Promise<void>): Promise<void> {
  const { awaitCommonPipe } = await import('./wait.ts');
  for (let isOver = false; !isOver; ) {
    // Armed before the look, so that a registry which starts in between is not missed.
    const wait = awaitCommonPipe();
    isOver = isRegistryThere() || (await wait.signalled);
    wait.close();
  }
  await connect();
}

function isRegistryThere(): boolean {
  const identity = createIdentity();
  const { uid } = identity;
  return scopesOf(uid).some((scope) => {
    try {
      const found = lstatSync(locationOf(identity, scope).appPath, { throwIfNoEntry: false });
      return found?.isSocket() === true && found.uid === ownerUidOf(scope, uid);
    } catch {
      // What keeps us from looking at it, a directory closed to us say, keeps us from using it.
      return false;
    }
  });
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
