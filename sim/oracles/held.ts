/** What a program may hold for its peers: actors and descriptors. */
import type { SimProcess } from '../machine/simulation.ts';

/** The root of an actor system; an actor for each registry, of the user and global, that an application has. */
const ACTORS_BY_ITSELF = 1;
const REGISTRIES_OF_AN_APPLICATION = 2;

/** Of a link to a relay: control, data, and both ends of the passage. */
const LINK_DESCRIPTORS = 4;
/** Of a passage for pages: both its ends. */
const PASSAGE_DESCRIPTORS = 2;

export interface Population {
  readonly applications: number;
  /** Of them: they have two connections, until the registry has taken the passed socket. */
  readonly registering: number;
  readonly consumers: number;
  readonly clients: number;
  readonly registries: number;
  readonly sessions: number;
  /** Of them: kernel parts. */
  readonly kernelParts: number;
  /** Sessions that may be linked to a relay. */
  readonly relayedSessions: number;
  readonly segments: number;
}

/** Maximum number of actors of a program with these peers; undefined: not our program. */
export function actorsFor(
  program: string,
  { applications, consumers, clients, sessions, relayedSessions, kernelParts }: Population,
): number | undefined {
  switch (program) {
    case 'lttng-sessiond':
      return (
        ACTORS_BY_ITSELF +
        applications +
        consumers +
        clients +
        sessions +
        relayedSessions +
        kernelParts
      );
    case 'application':
      return ACTORS_BY_ITSELF + REGISTRIES_OF_AN_APPLICATION;
    case 'ust-consumerd':
    case 'ltt-consumerd':
    case 'lttng':
      return ACTORS_BY_ITSELF;
    default:
      return undefined;
  }
}

/** Maximum number of open descriptors of a program with these peers; undefined: not our program. */
export function descriptorsFor(
  { program }: SimProcess,
  population: Population,
): number | undefined {
  const { applications, registering, consumers, clients, registries, segments } = population;
  const links = LINK_DESCRIPTORS * population.relayedSessions;
  const passages = PASSAGE_DESCRIPTORS * population.kernelParts;
  switch (program) {
    case 'lttng-sessiond':
      // Two sockets, the lock, one briefly open file; and one for each peer, two for one that registers.
      return 4 + applications + registering + consumers + clients + links + passages;
    case 'ltt-consumerd':
      // As below, and pages with their counts for each stream, and a passage.
      return 4 + 2 * segments + PASSAGE_DESCRIPTORS;
    case 'ust-consumerd':
      // The registry, one briefly open file; files and pipes of streams and their processes.
      return 4 + segments + 2 * applications + Math.min(links, LINK_DESCRIPTORS);
    case 'application':
      // A connection, a wait and a channel for each possible registry; pipes of streams.
      return 4 + 2 * registries + segments;
    case 'lttng':
      return 2;
    default:
      return undefined;
  }
}
