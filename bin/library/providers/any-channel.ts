/**
 * Any diagnostics channel by its name: an event rule `channel:NAME` defines a tracepoint of that name, which records
 * the channel's messages as JSON. A rule with a `*` defines none: Node does not list a program's channels.
 */
import type { Tracer } from '../../../src/tracer/tracer.ts';
import { string } from '../../../src/tracer/types.ts';
import { guarded } from '../guest/guarded.ts';
import { jsonText } from './json.ts';
import { source, subscribe } from './source.ts';

const PREFIX = 'channel:';
/** Channels that rules may make tracepoints of, in the life of one thread. */
export const CHANNEL_TRACEPOINTS_MAX = 256;
const MESSAGE_CHARACTERS_MAX = 4096;

/** The returned function takes the patterns of all rules in force, whenever they change. */
export function createChannelProvider(
  tracer: Pick<Tracer, 'tracepoint'>,
): (patterns: readonly string[]) => void {
  const known = new Set<string>();
  // Guarded, because a name may be too long for a tracepoint.
  const install = guarded((name: string) =>
    source(`${PREFIX}${name}`, { message: string }, (record) =>
      subscribe(name, (message) => record({ message: jsonText(message, MESSAGE_CHARACTERS_MAX) })),
    ).install(tracer),
  );
  return (patterns) => {
    for (const pattern of patterns) {
      const name = channelNameIn(pattern);
      if (name === undefined || known.has(name) || known.size >= CHANNEL_TRACEPOINTS_MAX) continue;
      known.add(name);
      install(name);
    }
  };
}

/** The channel that a pattern names without a wildcard; a backslash escapes the next character. */
function channelNameIn(pattern: string): string | undefined {
  if (!pattern.startsWith(PREFIX) || pattern.length === PREFIX.length) return undefined;
  const name = pattern.slice(PREFIX.length);
  if (/(?<!\\)(?:\\\\)*\*/.test(name)) return undefined;
  return name.replace(/\\(.)/g, '$1');
}
