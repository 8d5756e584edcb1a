/** Markers (R2.8): texts that a program marks under a name. Each is a tracepoint with one field. */
import { MARKER_PREFIX } from '../event/model.ts';
import type { Tracepoint, Tracer } from './tracer.ts';
import { string } from './types.ts';

/** Names of markers of one thread, each of which is an event class for its whole life. */
export const MARKERS_MAX = 1024;

const SCHEMA = { text: string };

/**
 * Throws TypeError for a name that a trace cannot represent, RangeError for one name too many. A disabled marker costs
 * the look-up of its name.
 */
export type Marker = (name: string, text: string) => void;

export function makeMarker(tracer: Pick<Tracer, 'tracepoint'>): Marker {
  const known = new Map<string, Tracepoint<{ readonly text: string }>>();
  return (name, text) => {
    let marker = known.get(name);
    if (marker === undefined) {
      if (known.size === MARKERS_MAX) {
        throw new RangeError(
          `A thread has at most ${MARKERS_MAX} markers: put what varies into the text`,
        );
      }
      marker = tracer.tracepoint(`${MARKER_PREFIX}${name}`, SCHEMA, { logLevel: 'info' });
      known.set(name, marker);
    }
    marker({ text });
  };
}
