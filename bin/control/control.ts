/** {@link Control} on a client of the registry, real or simulated. */

import { createRemotePlan } from '../../actors/client/plans/create-remote.ts';
import type { Plan, StepResult } from '../../actors/client/plans/plan.ts';
import { allPages, appsIn, lastSessionIn, sessionsIn } from '../../actors/client/plans/plan.ts';
import { DEFAULT_CHANNEL, DEFAULT_SHAPE } from '../../actors/sessiond/session/defaults.ts';
import { LOG_LEVELS } from '../../src/event/model.ts';
import type { World } from '../../src/port/world.ts';
import { isRelay } from '../../src/wire/control/destination.ts';
import { selectionOf } from '../../src/wire/control/event-rules.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import { ControlError, failureError, usageError } from './control-error.ts';
import { createBy, createInDirectory, directoryPlan } from './create.ts';
import { placeOf } from './destination.ts';
import { newOutputDirectory } from './output-directory.ts';
import { RegistryClient, type RegistryClientOptions, type StartPolicy } from './registry-client.ts';
import { requestPlan } from './request-plan.ts';
import { removeConfig } from './session-config.ts';
import { ANSWERED_WITHOUT_SESSION, checkedKey, throwFailure } from './sessions.ts';
import { snapshotOf } from './snapshot.ts';
import type * as Types from './types.ts';
import {
  changesBetween,
  WATCH_PERIOD_MS,
  WATCH_PERIOD_MS_MAX,
  WATCH_PERIOD_MS_MIN,
} from './watch.ts';

type Session = Types.Session;
type SimpleOp = `session.${'get' | 'start' | 'stop' | 'pause' | 'rotate' | 'clear'}`;

export class RegistryControl implements Types.Control {
  readonly #client: RegistryClient;
  /** Calls under way. */
  readonly #calls = new Set<Promise<unknown>>();
  /** Ends the pauses of watches. */
  readonly #pauses = new Set<() => void>();
  #isClosed = false;

  /** The World is of a process that is not the control's own: nothing here changes what its signals do. */
  constructor(world: World, sessiond: RegistryClientOptions['sessiond']) {
    this.#client = new RegistryClient(world, { sessiond, catchesSignals: false });
  }

  /** Finds the registry, or starts it; throws an error when there is none. */
  async open(): Promise<void> {
    await this.#run(() => undefined, 'start-registry');
  }

  create(name: string, options: Types.CreateOptions = {}): Promise<Session> {
    return this.#call(() => this.#create(name, options));
  }

  get(session: string): Promise<Session> {
    return this.#simple('session.get', session);
  }

  start(session: string): Promise<Session> {
    return this.#simple('session.start', session);
  }

  stop(session: string): Promise<Session> {
    return this.#simple('session.stop', session);
  }

  pause(session: string): Promise<Session> {
    return this.#simple('session.pause', session);
  }

  rotate(session: string): Promise<Session> {
    return this.#simple('session.rotate', session);
  }

  clear(session: string): Promise<Session> {
    return this.#simple('session.clear', session);
  }

  destroy(session: string): Promise<Session> {
    return this.#call(async () => {
      const key = checkedKey(session);
      const gone = await this.#request([
        { op: 'session.get', session: key },
        { op: 'session.destroy', session: key },
      ]);
      if (gone.output !== undefined) removeConfig(this.#client.world, gone.output, gone.uuid);
      return gone;
    });
  }

  addChannel(session: string, name: string, options: Types.ChannelOptions = {}): Promise<Session> {
    const {
      overwrite = false,
      subbufferBytes = DEFAULT_SHAPE.subbufferBytes,
      subbufferCount = DEFAULT_SHAPE.subbufferCount,
      switchTimerUs = DEFAULT_CHANNEL.switchTimerUs,
      readTimerUs = DEFAULT_CHANNEL.readTimerUs,
      target,
    } = options;
    const shape = { subbufferBytes, subbufferCount, overwrite };
    return this.#about(session, (key) => ({
      op: 'channel.add',
      session: key,
      channel: { name, shape, switchTimerUs, readTimerUs },
      ...(target === undefined ? {} : { target }),
    }));
  }

  addEvent(
    session: string,
    patterns: string | readonly string[],
    options: Types.EventOptions = {},
  ): Promise<Session> {
    const { channel, logLevel, logLevelOnly, exclude, filter, target = { kind: 'all' } } = options;
    return this.#about(session, (key) => {
      if (logLevel !== undefined && logLevelOnly !== undefined) {
        throw usageError('Name one of logLevel and logLevelOnly');
      }
      return {
        op: 'event.enable',
        session: key,
        ...(channel === undefined ? {} : { channel }),
        patterns: listOf(patterns),
        ...selectionOf({
          logLevelMax: LOG_LEVELS[logLevelOnly ?? logLevel ?? 'debug'],
          logLevelMin: logLevelOnly === undefined ? undefined : LOG_LEVELS[logLevelOnly],
          exclusions: exclude,
          filter,
        }),
        target,
      };
    });
  }

  disableEvent(
    session: string,
    patterns: string | readonly string[],
    { channel, target }: Types.DisableOptions = {},
  ): Promise<Session> {
    return this.#about(session, (key) => ({
      op: 'event.disable',
      session: key,
      ...(channel === undefined ? {} : { channel }),
      patterns: listOf(patterns),
      ...(target === undefined ? {} : { target }),
    }));
  }

  addContext(
    session: string,
    contexts: string | readonly string[],
    { channel, events, target }: Types.ContextOptions = {},
  ): Promise<Session> {
    return this.#about(session, (key) => ({
      op: 'context.add',
      session: key,
      ...(channel === undefined ? {} : { channel }),
      ...(events === undefined ? {} : { events: [...events] }),
      ...(target === undefined ? {} : { target }),
      contexts: listOf(contexts),
    }));
  }

  snapshot(session: string, options: Types.SnapshotOptions = {}): Promise<Types.Snapshot> {
    return this.#call(async () => {
      const found = await this.#request([{ op: 'session.get', session: checkedKey(session) }]);
      const { path, isWhole } = await snapshotOf(this.#client, found, options);
      const isThere = this.#client.world.files.info(path).ok;
      return { path: isThere ? path : undefined, isWhole };
    });
  }

  list(): Promise<readonly Session[]> {
    return this.#call(async () => sessionsIn(await this.#run(SESSIONS, 'start-registry')));
  }

  apps(): Promise<readonly Types.Application[]> {
    return this.#call(async () => appsIn(await this.#run(APPLICATIONS, 'start-registry')));
  }

  async *watch({
    periodMs = WATCH_PERIOD_MS,
  }: {
    readonly periodMs?: number;
  } = {}): AsyncGenerator<Types.StateChange, undefined> {
    if (!(periodMs >= WATCH_PERIOD_MS_MIN && periodMs <= WATCH_PERIOD_MS_MAX)) {
      const bounds = `${WATCH_PERIOD_MS_MIN} to ${WATCH_PERIOD_MS_MAX}`;
      throw usageError(`The period of a watch is ${bounds} milliseconds, not ${periodMs}`);
    }
    let known: readonly Session[] = [];
    while (!this.#isClosed) {
      const now = await this.#look();
      if (now === undefined) return;
      yield* changesBetween(known, now);
      known = now;
      await this.#pause(Math.round(periodMs));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of [...this.#pauses]) end();
    this.#client.end();
    await Promise.allSettled([...this.#calls]);
  }

  /** The sessions, for a watch; undefined: the control was closed meanwhile. */
  async #look(): Promise<readonly Session[] | undefined> {
    try {
      const results = await this.#call(() => this.#run(SESSIONS, 'running-registry'));
      return this.#isClosed ? undefined : sessionsIn(results);
    } catch (thrown) {
      if (this.#isClosed && thrown instanceof ControlError) return undefined;
      throw thrown;
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const timer = this.#client.world.clock.setTimer(ms, end);
      this.#pauses.add(end);
    });
  }

  async #create(name: string, options: Types.CreateOptions): Promise<Session> {
    const { output, url, flightRecorder = false } = options;
    checkedKey(name);
    if (output !== undefined && url !== undefined) throw usageError('Name an output or a URL');
    const { world } = this.#client;
    const place = url === undefined ? undefined : placeOf(world, url);
    if (place !== undefined && isRelay(place)) {
      if (flightRecorder) throw usageError('A flight recorder sends nothing to a relay');
      return createBy(this.#client, createRemotePlan({ name, relay: place }));
    }
    const path = place?.output ?? output;
    const directory = newOutputDirectory(world, name, { name, path });
    return createInDirectory(this.#client, directory, directoryPlan(directory, flightRecorder));
  }

  #simple(op: SimpleOp, session: string): Promise<Session> {
    return this.#about(session, (key) => ({ op, session: key }));
  }

  #about(session: string, operation: (key: string) => Operation): Promise<Session> {
    return this.#call(() => this.#request([operation(checkedKey(session))]));
  }

  /** Sends requests about a session; resolves to it as it is after the last one. */
  async #request(operations: readonly Operation[]): Promise<SessionInfo> {
    const results = await this.#run(requestPlan(operations), 'running-registry');
    const session = lastSessionIn(results);
    if (session === undefined) throw failureError(ANSWERED_WITHOUT_SESSION);
    return session;
  }

  async #run(plan: Plan, policy: StartPolicy): Promise<readonly StepResult[]> {
    const results = await this.#client.run(plan, policy);
    throwFailure(results);
    return results;
  }

  async #call<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ControlError('CLOSED', 'The control is closed');
    const call = act();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }
}

const SESSIONS = allPages(['session.list']);
const APPLICATIONS = allPages(['app.list']);

function listOf(texts: string | readonly string[]): string[] {
  return typeof texts === 'string' ? [texts] : [...texts];
}
