/** `lttng track` and `lttng untrack`: which processes a session traces (LTTng 2.13). */
import type { Cli } from '../context.ts';
import { trackedText } from '../options/tracked.ts';
import { trackersNamed } from '../options/tracker.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { TRACK, UNTRACK } from '../table/events.ts';

export function track(cli: Cli, options: Given<typeof TRACK>): Promise<void> {
  return change(cli, options, cli.control.track);
}

export function untrack(cli: Cli, options: Given<typeof UNTRACK>): Promise<void> {
  return change(cli, options, cli.control.untrack);
}

async function change(
  cli: Cli,
  options: Given<typeof TRACK>,
  act: Cli['control']['track'],
): Promise<void> {
  const { world, output } = cli;
  const ids = trackersNamed(world.users, options);
  const session = await act(namedSession(undefined, options.session), ids);
  output.value({ session });
  output.tell(`Traces in ${called(session)}: ${trackedText(world, session)}`);
}
