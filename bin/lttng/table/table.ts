/** The commands of `lttng`, in the order of the help. `declare.ts` says how one is added. */
import type { CommandDeclaration } from './declare.ts';
import * as events from './events.ts';
import * as information from './information.ts';
import * as recording from './recording.ts';
import * as relay from './relay.ts';
import * as saved from './saved.ts';
import * as sessions from './sessions.ts';

export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly CommandDeclaration[];
}

export const GROUPS = [
  { heading: 'Record and view', commands: [recording.RECORD, recording.VIEW] },
  {
    heading: 'Sessions',
    commands: [
      sessions.CREATE,
      sessions.SET_SESSION,
      sessions.START,
      sessions.PAUSE,
      sessions.STOP,
      sessions.DESTROY,
      sessions.RUN,
      sessions.SNAPSHOT,
      sessions.ROTATE,
      sessions.ENABLE_ROTATION,
      sessions.DISABLE_ROTATION,
      sessions.CLEAR,
      sessions.REGENERATE,
      sessions.CONSUME,
      sessions.RECOVER,
      saved.SAVE,
      saved.LOAD,
    ],
  },
  { heading: 'Relay', commands: [relay.ENABLE_CONSUMER, relay.DISABLE_CONSUMER] },
  {
    heading: 'Events and channels',
    commands: [
      events.ADD_EVENT,
      events.DISABLE_EVENT,
      events.ADD_CONTEXT,
      events.ADD_CHANNEL,
      events.DISABLE_CHANNEL,
      events.TRACK,
      events.UNTRACK,
      events.CONFIG,
    ],
  },
  {
    heading: 'Information',
    commands: [
      information.LIST,
      information.STATUS,
      information.EXPLAIN,
      information.VERSION,
      information.HELP,
      information.COMPLETION,
    ],
  },
] as const satisfies readonly CommandGroup[];

/** For programs: no list names them. */
export const HIDDEN = [information.COMPLETE] as const;

export type Declared = (typeof GROUPS)[number]['commands'][number] | (typeof HIDDEN)[number];
/** The commands of all groups, for loops, whose steps need no exact type. */
export const COMMANDS = commandsIn(GROUPS);

function commandsIn(groups: readonly CommandGroup[]): readonly CommandDeclaration[] {
  return groups.flatMap(({ commands }) => commands);
}
