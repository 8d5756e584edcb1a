/** What is traced: programs in user space; the kernel is another tracer's. */
import type { Command } from 'commander';
import { CliFailure, EXIT } from '../failure.ts';

/** `-u` says what holds anyway; `-k` is answered with a sentence. */
export function addDomainOptions(command: Command): Command {
  return command.option('-u, --userspace', 'trace programs (default)').addOption(
    command
      .createOption('-k, --kernel')
      .argParser(() => {
        throw new CliFailure(
          'NO_KERNEL',
          'This version traces programs, not the kernel',
          EXIT.usage,
        );
      })
      .hideHelp(),
  );
}
