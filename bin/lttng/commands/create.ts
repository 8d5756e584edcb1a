/** `lttng create`: creates a session (R2.4). */
import type { Command } from 'commander';
import { inOrder } from '../../../actors/client/plans/plan.ts';
import { sessionIn } from '../../../actors/client/plans/record.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { writeConfig } from '../../control/session-config.ts';
import { ANSWERED_WITHOUT_SESSION } from '../../control/sessions.ts';
import { isUnderNpx, quoted, SELF } from '../../terminal/output.ts';
import type { Cli, CliOf } from '../context.ts';
import { CliFailure, clientFailure, EXIT, throwFailure } from '../failure.ts';
import { newOutputDirectory, noteReplaceable } from '../output-directory.ts';
import { called, namedSession } from '../sessions.ts';

interface CreateOptions {
  readonly session?: string;
  readonly output?: string;
  readonly snapshot?: true;
}

export function addCreate(program: Command, cliOf: CliOf): void {
  program
    .command('create')
    .summary('create a session')
    .description(
      'Creates a session and the directory of its trace. Commands that run in that directory use the session.',
    )
    .argument('[name]', 'name of the session (default: auto-DATE-TIME)')
    .option('-s, --session <name>', 'name of the session, as an option')
    .option('-o, --output <path>', 'directory of the trace (default: $HOME/lttng-traces/NAME)')
    .option('--snapshot', 'create a flight recorder: only "lttng snapshot" writes events')
    .action(async (name: string | undefined, options: CreateOptions, command: Command) => {
      await create(cliOf(command), namedSession(name, options.session), options);
    });
}

async function create(
  cli: Cli,
  asked: string | undefined,
  { output, snapshot }: CreateOptions,
): Promise<void> {
  const directory = newOutputDirectory(cli.world, 'auto', { name: asked, path: output });
  let session: SessionInfo | undefined;
  try {
    const operation = {
      op: 'session.create',
      name: directory.name,
      output: directory.path,
      ...(snapshot === true ? { flightRecorder: snapshot } : {}),
    } as const;
    const results = await cli.client.run(inOrder([operation]), 'start-registry');
    throwFailure(results);
    session = sessionIn(results);
  } finally {
    if (session === undefined) directory.release();
  }
  if (session === undefined) throw clientFailure(ANSWERED_WITHOUT_SESSION);
  await keepConfig(cli, session);
  noteReplaceable(cli, session.output);
  show(cli, session);
}

/** Writes the configuration. When that fails, no command there would use the session: destroys it again. */
async function keepConfig(cli: Cli, session: SessionInfo): Promise<void> {
  const { name, uuid, output } = session;
  const written = writeConfig(cli.world, output, { version: 1, session: { name, uuid }, output });
  if (written.ok) return;
  await cli.client.run(inOrder([{ op: 'session.destroy', session: uuid }]), 'running-registry');
  const { subject, code } = written.error;
  throw new CliFailure('NO_OUTPUT', `Cannot write ${subject} (${code})`, EXIT.file);
}

function show({ output, options, world }: Cli, session: SessionInfo): void {
  output.value({ session });
  const directory = session.output;
  if (options.quiet) {
    output.line(directory);
    return;
  }
  output.line(
    session.flightRecorder
      ? `Created ${called(session)}, a flight recorder; its snapshots go to ${directory}`
      : `Created ${called(session)}; its trace goes to ${directory}`,
  );
  if (world.identity.workingDirectory === session.output) return;
  if (isUnderNpx) {
    output.line(
      `Commands use it while it is your only session; otherwise name it: ${SELF} start ${session.name}`,
    );
    return;
  }
  output.line('Commands that run in this directory use the session:');
  output.line('');
  output.line(`    cd ${quoted(directory)}`);
}
