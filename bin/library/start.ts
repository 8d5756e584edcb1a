/**
 * Checks whether there is a registry before it loads anything costly.
 *
 * Most programs run on machines without a registry. In these the library only looks for the registries' sockets and,
 * when the program outlives WAIT_DELAY_MS, waits on the common pipe (R1.16). It loads the modules that connect to
 * registries only when a socket has the right owner or the pipe is signalled. These modules repeat the check by the
 * same rules, so this one decides nothing.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { createIdentity } from '../../src/os/identity.ts';
import { freeDescriptors } from '../../src/os/limits.ts';
import { locationOf, ownerUidOf, scopesOf } from '../../src/wire/endpoints.ts';
import { debugMistake } from './guest/debug.ts';

/** A program that ends sooner would not be traced in time, and does not pay for the wait. */
const WAIT_DELAY_MS = 50;

/** The load opens fewer files than this, and a registration with buffers, too. */
const FREE_DESCRIPTORS_MIN = 64;

/**
 * Never throws. Calls `load` when there may be a registry, now or later. Calls `onSettled` before it returns when
 * there is none now, and later when `load` fails, or when few descriptors are left.
 */
export function startRegistration(load: () => Promise<void>, onSettled: () => void): void {
  // The load opens many files at once, and the program must find the descriptors that it needs.
  const connect = async (): Promise<void> => {
    if (freeDescriptors() < FREE_DESCRIPTORS_MIN) throw new Error('Few descriptors are left');
    await load();
  };
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
    // The wait begins before the check, so that a registry that starts in between is not missed.
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
      // A socket that cannot be examined, in a directory without permission for instance, cannot be used.
      return false;
    }
  });
}

/** The programs of this package do not trace themselves, even if NODE_OPTIONS preloads the library. */
function isOwnProgram(): boolean {
  const main = process.argv[1];
  if (main === undefined) return false;
  try {
    return realpathSync(main).startsWith(fileURLToPath(new URL('../', import.meta.url)));
  } catch {
    return false;
  }
}
