/** The domain that is traced: user space. There is no kernel tracer. */
import type { Command } from 'commander';
import { CliFailure, EXIT } from '../failure.ts';

/** `-u` selects the default; `-k` is refused. */
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
