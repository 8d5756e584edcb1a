/** A lens replaces the World that a program uses. */
import type { World } from '../../src/port/world.ts';

/** Returns the World that the program gets instead of `world`, to observe its calls or to plant a bug. */
export type Lens = (world: World, program: string) => World;
