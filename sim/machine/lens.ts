/** A lens changes what a program sees of its operating system. */
import type { World } from '../../src/port/world.ts';

/** Changes what a program sees of its operating system: to look on, or to plant a bug. */
export type Lens = (world: World, program: string) => World;
