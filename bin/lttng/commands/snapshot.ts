/** `lttng snapshot`: copies what the buffers of a session hold into a trace of its own (R1.23). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { namedSession, SESSION_OPTION } from '../sessions.ts';
import { type SnapshotOptions, takeSnapshot } from '../take-snapshot.ts';

/** Later versions of LTTng spell it `snapshot record`. A session named `record` needs `-s`. */
const VERB = 'record';

export function addSnapshot(program: Command, cliOf: CliOf): void {
  program
    .command('snapshot')
    .summary('copy what the buffers of a session hold')
    .description(
      'Copies what the buffers of a session hold at this moment, the newest events, into a trace of its own. ' +
        'Programs and the consumer continue. A session that was created with --snapshot has no other trace.',
    )
    .argument(
      '[session...]',
      'the session, by name or UUID (default: that of .lttng/config, or the only one)',
    )
    .option(
      '-o, --output <path>',
      'parent of its directory (default: that of the flight recorder, or $HOME/lttng-traces)',
    )
    .option(
      '-n, --name <name>',
      'first part of its name; the time follows (default: SESSION-snapshot)',
    )
    .option(...SESSION_OPTION)
    .action(
      async (
        words: readonly string[],
        options: SnapshotOptions & { readonly session?: string },
        command: Command,
      ) => {
        const [named, ...more] = words[0] === VERB ? words.slice(1) : words;
        if (more.length > 0) throw usageFailure('Name one session');
        await takeSnapshot(cliOf(command), namedSession(named, options.session), options);
      },
    );
}
