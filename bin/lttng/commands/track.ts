/** `lttng track` and `lttng untrack`: which processes a session traces (LTTng 2.13). */
import type { Cli } from '../context.ts';
import { trackedText } from '../options/tracked.ts';
import { trackersNamed } from '../options/tracker.ts';
import { called, namedSession, requestsFor } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { TRACK, UNTRACK } from '../table/events.ts';

export function track(cli: Cli, options: Given<typeof TRACK>): Promise<void> {
  return change(cli, options, 'tracker.add');
}

export function untrack(cli: Cli, options: Given<typeof UNTRACK>): Promise<void> {
  return change(cli, options, 'tracker.remove');
}

async function change(
  cli: Cli,
  options: Given<typeof TRACK>,
  op: 'tracker.add' | 'tracker.remove',
): Promise<void> {
  const { world, output } = cli;
  const named = trackersNamed(world.users, options);
  const session = await requestsFor(cli, namedSession(undefined, options.session), (key) =>
    named.map((one) => ({ op, session: key, ...one })),
  );
  output.value({ session });
  output.tell(`Traces in ${called(session)}: ${trackedText(world, session)}`);
}
