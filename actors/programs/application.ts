/**
 * The in-process library of a traced application: registers one thread with its registries and keeps its
 * tracepoints recording into the streams they grant.
 *
 * Timers and connections run in the background: they never keep the application alive. Root's applications have one
 * registry, the global one, since that is root's own (R1.4); applications of other users have two (R1.10).
 */
import { isUuid } from '../../src/base/uuid.ts';
import type { Deliver } from '../../src/effects/contract/effects.ts';
import { createFileHandler, createPipeHandler } from '../../src/effects/files.ts';
import { createLogHandler } from '../../src/effects/processes.ts';
import { createTracerHandler } from '../../src/effects/tracer.ts';
import { createWireHandler } from '../../src/effects/wire.ts';
import type { TimestampStore } from '../../src/port/event-path.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, type System, startSystem } from '../../src/runtime/system.ts';
import { Tracer, type TracerObserver } from '../../src/tracer/tracer.ts';
import {
  ownerUidOf,
  type RegistryScope,
  registrationLocationOf,
  scopesOf,
} from '../../src/wire/endpoints.ts';
import { SESSION_VARIABLE } from '../../src/wire/launch.ts';
import type { ApplicationEvent } from '../library/application/events.ts';
import { applicationMachine } from '../library/application/machine.ts';
import type { RegistrationInput } from '../library/messages.ts';
import { registrationMachine } from '../library/registration/machine.ts';

/** Id of the root actor. */
const APPLICATION = 'application';
/** New tracepoints are announced together, this long after the first of them. */
const ANNOUNCE_DELAY_MS = 20;
/** How many characters of an invalid value are logged. */
const VALUE_CHARACTERS_MAX = 64;

export interface ApplicationOptions {
  /** The thread's tracepoints; a new tracer when left out. */
  readonly tracer?: Tracer;
  /** The trace clock; the World's when left out. */
  readonly now?: TimestampStore;
  /** Registries to register with; those of this user when left out. */
  readonly scopes?: readonly RegistryScope[];
  /** Called once, when every registration has either applied the registry's state or waits for a registry. */
  readonly onSettled?: () => void;
  /** See `createTracerHandler`. */
  readonly shield?: (call: () => void) => void;
  readonly onPatterns?: (patterns: readonly string[]) => void;
  /** Called after an error of the library, which is logged and ends recording. */
  readonly onFailure?: (error: unknown) => void;
  /** Observes the actors. */
  readonly inspect?: Inspect | undefined;
}

export interface Application {
  readonly tracer: Tracer;
  readonly system: System<ApplicationEvent>;
  /** Ends recording and detaches all memory. */
  stop(): void;
}

export function startApplication(world: World, options: ApplicationOptions = {}): Application {
  const { tracer = new Tracer(), onPatterns, onFailure, onSettled, shield } = options;
  const { clock } = world;
  const now: TimestampStore =
    options.now ??
    ((target, index) => {
      target[index] = clock.monotonicNs();
    });
  provideIdentity(tracer, world);
  let closeStreams: (() => void) | undefined;
  let isStopped = false;
  let { uid } = world.identity;

  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    tracer.observer = {};
    system.stop();
    closeStreams?.();
  };

  const system = startSystem({
    world,
    logic: applicationMachine,
    logics: { registration: registrationMachine },
    id: APPLICATION,
    inspect: options.inspect,
    input: { registrations: registrationsOf(world, options.scopes) },
    background: true,
    handlers: (deliverUnchecked) => {
      // A process may drop its privileges at any time (setuid): checked with each delivered event.
      const deliver: Deliver = (to, event) => {
        if (world.identity.uid !== uid) {
          ({ uid } = world.identity);
          const registrations = registrationsOf(world, options.scopes);
          const changed: ApplicationEvent = { type: 'user.changed', registrations };
          deliverUnchecked(APPLICATION, changed);
        }
        deliverUnchecked(to, event);
      };
      const streams = createTracerHandler(world, deliver, {
        tracer,
        now,
        onSettled: () => onSettled?.(),
        ...(shield === undefined ? {} : { shield }),
        ...(onPatterns === undefined ? {} : { onPatterns }),
      });
      closeStreams = () => streams.close();
      return {
        wire: createWireHandler(world, deliver, true),
        file: createFileHandler(world, deliver),
        pipe: createPipeHandler(world, deliver),
        tracer: streams.handle,
        log: createLogHandler(world),
      };
    },
    onError: (error) => {
      world.log('tracer.failed', { reason: String(error) });
      closeStreams?.();
      onFailure?.(error);
    },
  });

  tracer.observer = observerOf(world, () => {
    if (!isStopped) system.send({ type: 'tracepoints.changed' });
  });
  return { tracer, system, stop };
}

/** The contexts that the World knows. */
function provideIdentity({ contexts }: Tracer, { identity }: World): void {
  const { pid, tid, processName } = identity;
  contexts.provide('vpid', { read: () => pid });
  contexts.provide('vtid', { read: () => tid });
  contexts.provide('procname', { read: () => processName });
}

/** Calls `announce` {@link ANNOUNCE_DELAY_MS} after the first of several new tracepoints. */
function observerOf({ clock, log }: World, announce: () => void): TracerObserver {
  let isAnnouncing = false;
  return {
    onDefined: () => {
      if (isAnnouncing) return;
      isAnnouncing = true;
      const announceAll = (): void => {
        isAnnouncing = false;
        announce();
      };
      clock.setTimer(ANNOUNCE_DELAY_MS, announceAll, { background: true });
    },
    onClassLogFull: (key, { name }) => log('tracer.classLogFull', { key, name }),
  };
}

function registrationsOf(
  world: World,
  scopes: readonly RegistryScope[] | undefined,
): RegistrationInput[] {
  const { identity } = world;
  const { uid, tid } = identity;
  const processName = printable(identity.processName);
  const sessionUuid = sessionOf(world);
  return (scopes ?? scopesOf(uid)).map((scope) => {
    const { appPath, pipePath } = registrationLocationOf(identity, scope);
    return {
      application: APPLICATION,
      scope,
      socketPath: appPath,
      ownerUid: ownerUidOf(scope, uid),
      pipePath,
      processName,
      tid,
      incarnation: String(world.clock.monotonicNs()),
      ...(sessionUuid === undefined ? {} : { sessionUuid }),
    };
  });
}

/** The session that this process was started for (R1.17). */
function sessionOf({ identity, log }: World): string | undefined {
  const given = identity.environment[SESSION_VARIABLE];
  if (given === undefined || given === '') return undefined;
  if (isUuid(given)) return given.toLowerCase();
  const value = given.slice(0, VALUE_CHARACTERS_MAX);
  log('tracer.sessionIgnored', { value });
  return undefined;
}

/** Converts a name to one that is valid in every message. */
function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, '?');
}
