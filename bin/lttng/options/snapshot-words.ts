/** The words of `lttng snapshot`, as LTTng 2.13 spells them, and ours: `snapshot SESSION`. */
import { usageFailure } from '../failure.ts';

export type SnapshotCommand =
  | {
      readonly action: 'record';
      readonly session: string | undefined;
      /** A path or a URL. */
      readonly place: string | undefined;
    }
  | { readonly action: 'add-output'; readonly place: string }
  | { readonly action: 'list-output' }
  | { readonly action: 'del-output'; readonly id: string };

/** A session with the name of an action needs `-s`. */
export function snapshotCommand(words: readonly string[]): SnapshotCommand {
  const [action, ...rest] = words;
  const [word, another] = rest;
  if (another !== undefined) throw usageFailure(`"lttng snapshot ${action}" has one argument`);
  switch (action) {
    case 'record':
      return recordOf(word);
    case 'add-output':
      if (word === undefined) throw usageFailure('Name the directory of the snapshot output');
      return { action, place: word };
    case 'list-output':
      if (word !== undefined) throw usageFailure('Name the session with -s');
      return { action };
    case 'del-output':
      if (word === undefined) throw usageFailure('Name the snapshot output by its number or name');
      return { action, id: word };
    default:
      if (word !== undefined) throw usageFailure('Name one session');
      return recordOf(action);
  }
}

/** The name of a session has neither a slash nor a colon. */
function recordOf(word: string | undefined): SnapshotCommand {
  const isPlace = word !== undefined && /[/:]/.test(word);
  return {
    action: 'record',
    session: isPlace ? undefined : word,
    place: isPlace ? word : undefined,
  };
}
