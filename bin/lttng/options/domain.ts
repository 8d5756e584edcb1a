/** The domain that is traced: user space. There is no kernel tracer. */
import { CliFailure, EXIT } from '../failure.ts';
import { option, type Value } from '../table/declare.ts';

const KERNEL: Value<never> = {
  parse: () => {
    throw new CliFailure('NO_KERNEL', 'This version traces programs, not the kernel', EXIT.usage);
  },
};

/** An option that needs a kernel tracer. */
export const refused = <const Flags extends string>(flags: Flags) =>
  option(flags, 'refused: it needs a kernel tracer', { value: KERNEL, isHidden: true });

/** `-u` selects the default; `-k` is refused. */
export const DOMAIN_OPTIONS = [
  option('-u, --userspace', 'trace programs (default)'),
  refused('-k, --kernel'),
] as const;
