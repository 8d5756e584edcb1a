/** The content of a trace, as our own reader decodes it. */
import type { EventMessage } from '../../../src/ctf/read/message.ts';
import { type PlainStruct, plainStruct } from '../../../src/ctf/read/plain.ts';
import type { Files } from '../../../src/port/files.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';

export interface ReadEvent {
  readonly name: string;
  readonly fields: PlainStruct;
}

export interface ReadTrace {
  readonly events: readonly ReadEvent[];
  readonly discarded: number;
  readonly problems: readonly string[];
}

/** Reads all traces at the path. */
export function readTraceOf(files: Files, path: string): ReadTrace {
  const opened = openTraceSet(files, [path], { isFollowing: false });
  if (!opened.ok) throw new Error(opened.error.message);
  const { set } = opened.value;
  const events: ReadEvent[] = [];
  const problems: string[] = [...opened.value.problems];
  let discarded = 0;
  for (let message = set.next(); message !== undefined; message = set.next()) {
    if (message.kind === 'event') events.push(readEvent(message));
    else if (message.kind === 'discarded-events') discarded += Number(message.count);
    else if (message.kind === 'problem') problems.push(message.text);
  }
  set.close();
  return { events, discarded, problems };
}

function readEvent(event: EventMessage): ReadEvent {
  return { name: event.shape.name, fields: plainStruct(event.shape.fieldsType, event.fields) };
}

/** The `n` of all events, ascending. */
export function numbersOf({ events }: ReadTrace): number[] {
  return events.map(({ fields }) => Number(fields['n'])).toSorted((a, b) => a - b);
}
