/**
 * Starts a program of this package from its bundle. Bundled itself: `dist/bin/programs/launch.cjs`, which the entry
 * points load.
 */
import { readdirSync } from 'node:fs';
import { descriptorLimit } from '../../src/os/limits.ts';
import { endWithoutDescriptors, FEW_DESCRIPTORS } from '../terminal/descriptors.ts';
import { bundleIn } from './load.ts';
import { showSources } from './sources.ts';

export interface Launched {
  readonly name: string;
  /** The name of its bundle; left out: that of the program. */
  readonly bundle?: string;
  /** The exit status when the process may open too few files. */
  readonly exitStatus: number;
}

export function launch({ name, bundle = name, exitStatus }: Launched): void {
  const directory = import.meta.dirname;
  showSources(directory);
  const load = bundleIn(directory);
  try {
    const { main } = load(`${bundle}.cjs`) as { main: (name: string) => unknown };
    // Later there may be no descriptor left.
    if (descriptorLimit() < FEW_DESCRIPTORS) partsOf(directory, bundle).forEach(load);
    main(name);
  } catch (thrown) {
    endWithoutDescriptors(thrown, name, exitStatus);
  }
}

/** The files that the program loads when it needs them. */
function partsOf(directory: string, bundle: string): string[] {
  return readdirSync(directory).filter((file) => file.endsWith(`.${bundle}.cjs`));
}
