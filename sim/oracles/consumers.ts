/** A session has one consumer (R1.19), however many were spawned; snapshot writers do not count. */
import { NS_PER_MS } from '../../src/base/time.ts';
import { SNAPSHOT_OPTION } from '../../src/wire/launch.ts';
import { isConsumer } from '../input/kernel.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const bounds = finder('bounds');

/** With a serving registry, a second consumer of a session ends within this, milliseconds. */
const YIELD_MS_MAX = 1000;

/** `servedSince`: when the latest registries began to serve, virtual nanoseconds. */
export function checkConsumers(simulation: Simulation, servedSince: number): Finding[] {
  const before = simulation.now - YIELD_MS_MAX * NS_PER_MS;
  if (servedSince > before) return [];
  const consumers = new Map<string, string[]>();
  for (const { program, spec, label, isAlive, startedAt } of simulation.processes()) {
    const [, session = '', option] = spec.args;
    const isOne = isConsumer(program) && option !== SNAPSHOT_OPTION;
    if (!isOne || !isAlive || startedAt > before) continue;
    consumers.set(session, [...(consumers.get(session) ?? []), label]);
  }
  return [...consumers]
    .filter(([, labels]) => labels.length > 1)
    .map(([session, labels]) => bounds(`session ${session} has consumers ${labels.join(', ')}`));
}
