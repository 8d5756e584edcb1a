/**
 * Connects a program to the registry that serves its user: finds the registry or starts one, and carries out plans.
 * Errors are values among the results. Uses neither a terminal nor a command line.
 */
import type { ServingRegistry } from '../../actors/client/context.ts';
import type { Course, StartPolicy } from '../../actors/client/courses/course.ts';
import type { Plan, Step, StepResult } from '../../actors/client/plans/plan.ts';
import { recordDirectory } from '../../actors/sessiond/paths.ts';
import type { SupervisorOutcome } from '../../actors/supervisor/context.ts';
import type { World } from '../../src/port/world.ts';
import { locationOf, ownScope } from '../../src/wire/endpoints.ts';

/** What a client is doing: looking for a registry, carrying out a step, or done. */
export type Progress = 'finding' | Step | 'done';

export interface RegistryClientOptions {
  /** The registry program that the client may start; undefined: none. */
  readonly sessiond: { readonly program: string; readonly args: readonly string[] } | undefined;
  readonly onProgress?: (progress: Progress) => void;
  /** False: the process is that of another program, and signals are none of ours. */
  readonly catchesSignals?: boolean;
}

export class RegistryClient {
  readonly world: World;
  readonly #options: RegistryClientOptions;
  /** How to interrupt each plan that is under way. */
  readonly #interrupts = new Set<() => void>();
  #isEnded = false;
  #registry: ServingRegistry | undefined;

  constructor(world: World, options: RegistryClientOptions) {
    this.world = world;
    this.#options = options;
  }

  /** The registry that answered last. */
  get registry(): ServingRegistry | undefined {
    return this.#registry;
  }

  /**
   * Carries out the plan over one connection; reconnects only when the registry dies. Without a registry the only
   * result is a failure. Rejects only on an internal error. SIGHUP, SIGINT, SIGQUIT and SIGTERM interrupt
   * the plan instead of ending the process, unless `catchesSignals` is false.
   *
   * @param consumerArgs Arguments for the consumers that the client starts, in addition to their session.
   */
  async run(
    plan: Plan,
    start: StartPolicy,
    consumerArgs: readonly string[] = [],
  ): Promise<readonly StepResult[]> {
    const { world } = this;
    const { sessiond, onProgress, catchesSignals = true } = this.#options;
    onProgress?.('finding');
    // Loaded by the first plan: a program that ends earlier does not wait for the actors.
    const { startClient } = await import('../../actors/programs/client.ts');
    return new Promise((resolve, reject) => {
      const interrupt = (): void => {
        // The second one does not wait for an answer.
        for (let count = 0; count < 2; count++) {
          system.send({ type: 'process.signalled', signal: 'SIGTERM', isShared: false });
        }
      };
      this.#interrupts.add(interrupt);
      const system = startClient(world, {
        plan,
        catchesSignals,
        consumerArgs,
        sessiond: start === 'start-registry' || hasRecords(world) ? sessiond : undefined,
        onRegistry: (found) => {
          this.#registry = found;
          world.log('registry.found', { scope: found.scope, pid: found.pid });
        },
        onStep: (step) => onProgress?.(step),
        onDone: (results) => {
          this.#interrupts.delete(interrupt);
          onProgress?.('done');
          resolve(results);
        },
        onFailure: (error) => {
          this.#interrupts.delete(interrupt);
          reject(error);
        },
      });
      if (this.#isEnded) interrupt();
    });
  }

  /** Follows a course to its end. */
  async follow<T>(course: Course<T>): Promise<T> {
    let leg = course.next();
    while (leg.done !== true) {
      const { plan, start } = leg.value;
      try {
        const results = await this.run(plan, start);
        leg = course.next(results);
      } catch (thrown) {
        leg = course.throw(thrown);
      }
    }
    return leg.value;
  }

  /**
   * Keeps sessions consumed, at the registry that answered last, until one of them is gone; then the supervision of the
   * others ends, too.
   */
  async supervise(sessionUuids: readonly string[]): Promise<SupervisorOutcome> {
    const { catchesSignals = true } = this.#options;
    const { startSupervisor } = await import('../../actors/programs/supervisor.ts');
    return new Promise((resolve, reject) => {
      const systems = sessionUuids.map((sessionUuid) =>
        startSupervisor(this.world, {
          scope: this.#registry?.scope ?? 'user',
          sessionUuid,
          catchesSignals,
          // The others, which are interrupted then, are not heard.
          onDone: (outcome) => {
            resolve(outcome);
            end();
          },
          onFailure: (error) => {
            reject(error);
            end();
          },
        }),
      );
      const interrupt = (): void => {
        for (const system of systems) {
          system.send({ type: 'process.signalled', signal: 'SIGTERM', isShared: false });
        }
      };
      const end = (): void => {
        if (this.#interrupts.delete(interrupt)) interrupt();
      };
      this.#interrupts.add(interrupt);
      if (this.#isEnded) interrupt();
    });
  }

  /** Ends all plans, later ones too, as soon as they can: the last result is a failure. */
  end(): void {
    this.#isEnded = true;
    for (const interrupt of [...this.#interrupts]) interrupt();
  }
}

/** Whether this user's registry has sessions to restore: then any plan starts it. */
function hasRecords({ identity, files }: World): boolean {
  const names = files.list(recordDirectory(locationOf(identity, ownScope(identity.uid))));
  return names.ok && names.value.some((name) => name.endsWith('.json'));
}
