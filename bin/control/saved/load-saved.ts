/** Creates a session as it was saved. Throws a {@link ControlError}. */
import type { Plan } from '../../../actors/client/plans/plan.ts';
import type { World } from '../../../src/port/world.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { createBy, createInDirectory } from '../output/create.ts';
import { newOutputDirectory, type OutputDirectory } from '../output/output-directory.ts';
import type { RegistryClient } from '../registry-client.ts';
import { loadPlan, type SavedPlace, type SavedSession } from './saved-session.ts';

/** Where the session itself wants to write; undefined: the default directory of its name. */
export function savedPlaceOf({ output, relay }: SavedSession): SavedPlace | undefined {
  if (relay !== undefined) return { relay };
  return output === undefined ? undefined : { output };
}

interface Prepared {
  readonly plan: Plan;
  /** Its directory, which exists; undefined: it sends to a relay. */
  readonly directory: OutputDirectory | undefined;
}

export function prepareSaved(
  world: World,
  saved: SavedSession,
  place: SavedPlace | undefined,
): Prepared {
  if (place !== undefined && 'relay' in place) {
    return { plan: loadPlan(saved, place), directory: undefined };
  }
  const { name } = saved;
  const directory = newOutputDirectory(world, name, { name, path: place?.output });
  return { plan: loadPlan(saved, { output: directory.path }), directory };
}

export function createSaved(
  client: RegistryClient,
  saved: SavedSession,
  place: SavedPlace | undefined,
): Promise<SessionInfo> {
  const { plan, directory } = prepareSaved(client.world, saved, place);
  return directory === undefined
    ? createBy(client, plan)
    : createInDirectory(client, directory, plan);
}
