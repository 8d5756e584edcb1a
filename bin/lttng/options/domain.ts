/** The domain that is traced: user space. There is no kernel tracer. */
import type { Command } from 'commander';
import { CliFailure, EXIT } from '../failure.ts';

/** `-u` selects the default; `-k` is refused. */
export function addDomainOptions(command: Command): Command {
  return addRefused(command.option('-u, --userspace', 'trace programs (default)'), '-k, --kernel');
}

/** An option that needs a kernel tracer. */
export function addRefused(command: Command, flags: string): Command {
  const option = command.createOption(flags).argParser(() => {
    throw new CliFailure('NO_KERNEL', 'This version traces programs, not the kernel', EXIT.usage);
  });
  return command.addOption(option.hideHelp());
}
