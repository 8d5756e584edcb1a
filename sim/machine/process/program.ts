/** The type of programs of the simulated machine. */
import type { World } from '../../../src/port/world.ts';

/** A program's main: starts its actors on the World and returns. */
export type Program = (world: World, args: readonly string[]) => void;
