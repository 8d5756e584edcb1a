/** A World whose user has another home directory, for what it starts too. */
import type { Identity } from '../../src/port/identity.ts';
import type { World } from '../../src/port/world.ts';
import { absolutePath } from './paths.ts';

export function atHome(world: World, home: string): World {
  const homeDirectory = absolutePath(world, home);
  const { identity } = world;
  // Identities answer anew at each access, so that a copy would be of the past.
  const moved: Identity = Object.create(identity, {
    homeDirectory: { value: homeDirectory },
    environment: { get: () => ({ ...identity.environment, LTTNG_HOME: homeDirectory }) },
  }) as Identity;
  return { ...world, identity: moved };
}
