/** Faults of the whole machine: files that something else spoils, and shared memory that runs out. */
import { parentOf } from '../../src/base/path.ts';
import type { Fault } from '../input/fault.ts';
import type { Simulation } from '../machine/simulation.ts';

/**
 * Spoils files below a directory of traces, unless they are complete: users may remove those. Returns the directories
 * of the files that were spoiled. `index`: of the fault in its script.
 */
export function spoil(
  simulation: Simulation,
  { path, how, nth }: Extract<Fault, { kind: 'files-spoiled' }>,
  index: number,
): readonly string[] {
  const { faultControls } = simulation;
  const files = simulation
    .listFiles()
    .filter((file) => file.kind === 'file' && file.path.startsWith(`${path}/`));
  const directories = [...new Set(files.map((file) => parentOf(file.path)))];
  const written = files.filter((file) => faultControls.isBeingWritten(file.path));
  const file = written[nth % Math.max(1, written.length)];
  const isWhole = how === 'all-removed' || how === 'all-moved';
  if (file === undefined || (isWhole && written.length < files.length)) return [];
  if (how === 'all-removed') faultControls.emptyDirectory(path);
  else if (how === 'all-moved') faultControls.moveAside(path, `moved-${index}`);
  else {
    faultControls.spoilFile(file.path, how);
    return [parentOf(file.path)];
  }
  return directories;
}

/** Leaves room for so much more shared memory; undefined: up to the limits of the system. */
export function limitMemory(
  { faultControls }: Simulation,
  { counting }: Extract<Fault, { kind: 'memory-full' }>,
  more: number | undefined,
): void {
  if (counting === 'bytes') faultControls.limitSegmentBytes(more);
  else faultControls.limitSegments(more);
}
