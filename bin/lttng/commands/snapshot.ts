/** `lttng snapshot`: copies what the buffers of a session hold into a trace of its own (R1.23). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { namedSession, SESSION_OPTION } from '../sessions.ts';
import { type SnapshotOptions, takeSnapshot } from '../take-snapshot.ts';

/** What later LTTng calls it: `snapshot record`. A session of that name is named with `-s`. */
const VERB = 'record';

export function addSnapshot(program: Command, cliOf: CliOf): void {
  program
    .command('snapshot')
    .summary('copy what the buffers of a session hold')
    .description(
      'Copies what the buffers of a session hold at this moment into a trace of its own: the newest events, as many\n' +
        'as fit. Nobody is disturbed. Of a session that was created with --snapshot there is nothing else.',
    )
    .argument('[session...]', 'the session, by name or UUID (default: as with every command)')
    .option('-o, --output <path>', 'where its directory is made (default: see docs/cli.md)')
    .option('-n, --name <name>', 'what its name begins with (default: SESSION-snapshot)')
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
