/** What each command does: its function, which is loaded when the command is given. */
import type { Cli } from '../context.ts';
import type { Given, OperandsOf } from '../table/declare.ts';
import type { Declared } from '../table/table.ts';

type Action<D extends Declared> = (
  cli: Cli,
  options: Given<D>,
  ...operands: OperandsOf<D>
) => Promise<void> | void;

export const ACTIONS: { readonly [D in Declared as D['name']]: () => Promise<Action<D>> } = {
  __complete: async () => (await import('./complete.ts')).complete,
  'add-channel': async () => (await import('./add-channel.ts')).addChannel,
  track: async () => (await import('./track.ts')).track,
  untrack: async () => (await import('./track.ts')).untrack,
  'add-context': async () => (await import('./add-context.ts')).addContext,
  'add-event': async () => (await import('./add-event.ts')).addEvent,
  clear: async () => (await import('./clear.ts')).clear,
  completion: async () => (await import('./completion.ts')).completion,
  config: async () => (await import('./config.ts')).config,
  consume: async () => (await import('./consume.ts')).consume,
  create: async () => (await import('./create.ts')).create,
  destroy: async () => (await import('./destroy.ts')).destroy,
  'disable-channel': async () => (await import('./disable-channel.ts')).disableChannel,
  'disable-consumer': async () => (await import('./disable-consumer.ts')).disableConsumer,
  'disable-event': async () => (await import('./disable-event.ts')).disableEvent,
  'disable-rotation': async () => (await import('./disable-rotation.ts')).disableRotation,
  'enable-consumer': async () => (await import('./enable-consumer.ts')).enableConsumer,
  'enable-rotation': async () => (await import('./enable-rotation.ts')).enableRotation,
  explain: async () => (await import('./explain.ts')).explain,
  help: async () => (await import('./help.ts')).help,
  list: async () => (await import('./list.ts')).list,
  load: async () => (await import('./load.ts')).load,
  pause: async () => (await import('./pause.ts')).pause,
  record: async () => (await import('./record.ts')).record,
  recover: async () => (await import('./recover.ts')).recover,
  regenerate: async () => (await import('./regenerate.ts')).regenerate,
  rotate: async () => (await import('./rotate.ts')).rotate,
  run: async () => (await import('./run.ts')).run,
  save: async () => (await import('./save.ts')).save,
  'set-session': async () => (await import('./set-session.ts')).setSession,
  snapshot: async () => (await import('./snapshot.ts')).snapshot,
  start: async () => (await import('./start.ts')).start,
  status: async () => (await import('./status.ts')).status,
  stop: async () => (await import('./stop.ts')).stop,
  version: async () => (await import('./version.ts')).version,
  view: async () => (await import('./view.ts')).view,
};
