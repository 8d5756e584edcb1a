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
import { ownerUidOf, registrationLocationOf, scopesOf } from '../../src/wire/endpoints.ts';
import { debugMistake } from './guest/debug.ts';
import { guarded } from './guest/guarded.ts';

/** A program that ends sooner would not be traced in time, and does not pay for the wait. */
const WAIT_DELAY_MS = 50;

/** A load and a registration with buffers open fewer files than this. */
const FREE_DESCRIPTORS_MIN = 64;

/**
 * Calls `load` when there may be a registry, now or later, unless few descriptors are left: the program must find those
 * that it needs. Never throws, and nothing that it starts does.
 */
export function startRegistration(load: () => unknown): void {
  const connect = (): unknown => {
    if (freeDescriptors() < FREE_DESCRIPTORS_MIN) throw new Error('Few descriptors are left');
    return load();
  };
  try {
    if (isOwnProgram()) return;
    if (isRegistryThere()) {
      watch(connect());
      return;
    }
    const wait = guarded(() => watch(waitForRegistry(connect)));
    setTimeout(wait, WAIT_DELAY_MS).unref();
  } catch (error) {
    debugMistake(error);
  }
}

/** The program continues untraced if this fails. */
function watch(outcome: unknown): void {
  if (outcome instanceof Promise) outcome.catch(debugMistake);
}

async function waitForRegistry(connect: () => unknown): Promise<void> {
  const { awaitCommonPipe, rest } = await import('./wait.ts');
  for (;;) {
    // The wait begins before the check, so that a registry that starts in between is not missed.
    const wait = awaitCommonPipe();
    const isThere = isRegistryThere();
    if (!isThere) await wait.ended;
    wait.close();
    if (isThere || isRegistryThere()) break;
    await rest();
  }
  await connect();
}

function isRegistryThere(): boolean {
  const identity = createIdentity();
  const { uid } = identity;
  return scopesOf(uid).some((scope) => {
    try {
      const found = lstatSync(registrationLocationOf(identity, scope).appPath, {
        throwIfNoEntry: false,
      });
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
