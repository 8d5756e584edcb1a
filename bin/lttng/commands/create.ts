/** `lttng create`: creates a session (R2.4). */
import { destinationText, isRelay } from '../../../src/wire/control/destination.ts';
import type { Relay, Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { destinationOf } from '../options/destination.ts';
import { liveSessionOf } from '../options/live.ts';
import { noteReplaceable } from '../options/replaceable.ts';
import { called, givenName, hintNext } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { CREATE } from '../table/sessions.ts';

export async function create(
  cli: Cli,
  options: Given<typeof CREATE>,
  name?: string,
): Promise<void> {
  const asked = givenName(name, options.session);
  const { output, snapshot } = options;
  const destination = destinationOf(cli.world, options);
  const isDirectory = destination !== undefined && !isRelay(destination);
  const directory = isDirectory ? destination.output : output;
  const live = liveSessionOf(
    cli.world,
    options.live,
    directory === undefined ? destination : { output: directory },
  );
  const remote =
    live ?? (isDirectory || destination === undefined ? undefined : { relay: destination });
  if (remote === undefined) await createLocal(cli, asked, { output: directory, snapshot });
  else if (snapshot === true) {
    throw usageFailure('A flight recorder (--snapshot) sends nothing to a relay');
  } else await createRemote(cli, asked, remote);
}

async function createLocal(
  cli: Cli,
  asked: string | undefined,
  {
    output,
    snapshot,
  }: { readonly output: string | undefined; readonly snapshot: true | undefined },
): Promise<void> {
  const session = await cli.control.create(asked, {
    output,
    flightRecorder: snapshot,
    current: true,
  });
  const directory = session.output ?? '';
  noteReplaceable(cli, directory);
  await show(cli, session, directory);
}

/** A session whose trace goes to a relay has no directory. */
async function createRemote(
  cli: Cli,
  asked: string | undefined,
  remote: { readonly relay: Relay; readonly liveTimerUs?: number },
): Promise<void> {
  const session = await cli.control.create(asked, { ...remote, current: true });
  cli.output.value({ session });
  const where = destinationText(remote.relay);
  const live = session.liveTimerUs === undefined ? '' : `, live every ${session.liveTimerUs} µs`;
  if (cli.options.quiet) cli.output.line(where);
  else {
    cli.output.line(`Created ${called(session)}${live}; its trace goes to ${where}`);
    await hintNext(cli, session, 'add-event', " '*'");
  }
}

async function show(cli: Cli, session: Session, directory: string): Promise<void> {
  const { output, options } = cli;
  output.value({ session });
  if (options.quiet) {
    output.line(directory);
    return;
  }
  output.line(
    session.flightRecorder
      ? `Created ${called(session)}, a flight recorder; its snapshots go to ${directory}`
      : `Created ${called(session)}; its trace goes to ${directory}`,
  );
  await hintNext(cli, session, 'add-event', " '*'");
}
