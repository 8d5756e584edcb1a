/**
 * The way of a program to the registry that serves its user: finds it, or starts it, and carries out plans. What goes
 * wrong is a value among the results. Knows neither a terminal nor a command line.
 */
import type { ServingRegistry } from '../../actors/client/context.ts';
import type { Plan, Step, StepResult } from '../../actors/client/plans/plan.ts';
import { recordDirectory } from '../../actors/sessiond/paths.ts';
import type { World } from '../../src/port/world.ts';
import { locationOf, ownScope } from '../../src/wire/endpoints.ts';

/**
 * Whether a registry is started when none answers. Commands that need a session start one only when it has
 * sessions to go on with.
 */
export type StartPolicy = 'start-registry' | 'running-registry';

/** What a client does: looks for a registry, carries out a step, or nothing any more. */
export type Progress = 'finding' | Step | 'done';

export interface RegistryClientOptions {
  /** How to start a registry; undefined: never. */
  readonly sessiond: { readonly program: string; readonly args: readonly string[] } | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

export class RegistryClient {
  readonly world: World;
  readonly #options: RegistryClientOptions;
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
   * Carries out the plan; only when its registry dies does it connect again. Without a registry the only result is a
   * failure. Rejects only over a mistake of our own. SIGINT and SIGTERM interrupt the plan instead of ending the
   * process.
   *
   * @param consumerArgs Arguments for the consumers that are brought, beside their session.
   */
  async run(
    plan: Plan,
    start: StartPolicy,
    consumerArgs: readonly string[] = [],
  ): Promise<readonly StepResult[]> {
    const { world } = this;
    const { sessiond, onProgress } = this.#options;
    onProgress?.('finding');
    // Loaded by the first plan: a program that ends before it does not wait for the actors.
    const { startClient } = await import('../../actors/programs/client.ts');
    return new Promise((resolve, reject) => {
      startClient(world, {
        plan,
        consumerArgs,
        sessiond: start === 'start-registry' || hasRecords(world) ? sessiond : undefined,
        onRegistry: (found) => {
          this.#registry = found;
          world.log('registry.found', { scope: found.scope, pid: found.pid });
        },
        onStep: (step) => onProgress?.(step),
        onDone: (results) => {
          onProgress?.('done');
          resolve(results);
        },
        onFailure: reject,
      });
    });
  }
}

/** Whether this user's registry has sessions to go on with: then any plan starts it. */
function hasRecords({ identity, files }: World): boolean {
  const names = files.list(recordDirectory(locationOf(identity, ownScope(identity.uid))));
  return names.ok && names.value.some((name) => name.endsWith('.json'));
}
