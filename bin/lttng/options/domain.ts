/** The domain that is traced: programs in user space, or the kernel of this machine (R1.24). */
import { CliFailure, EXIT, usageFailure } from '../failure.ts';
import { type OptionsOf, option, type Value } from '../table/declare.ts';

export const DOMAIN_OPTIONS = [
  option('-u, --userspace', 'what programs do (default)'),
  option(
    '-k, --kernel',
    'what the kernel of this machine does: for root and the members of its group',
  ),
] as const;
type DomainOptions = OptionsOf<typeof DOMAIN_OPTIONS>;

/** Undefined: that of programs. */
export type Domain = 'kernel' | undefined;

export function domainOf({ userspace, kernel }: DomainOptions): Domain {
  if (userspace === true && kernel === true) {
    throw usageFailure('Name one of --userspace and --kernel');
  }
  return kernel === true ? 'kernel' : undefined;
}

/**
 * Throws a usage failure when one of these options, or what an argument names, is given: they are of programs.
 *
 * @param given The options, as they are spelled.
 */
export function checkOfKernel(given: Readonly<Record<string, unknown>>): void {
  const option = Object.keys(given).find((name) => given[name] !== undefined);
  if (option !== undefined) throw usageFailure(`${option} is for programs, not for --kernel`);
}

/** An option that is refused with this reason: it needs more of the kernel than this version does. */
export const refused = <const Flags extends string>(
  flags: Flags,
  reason: string,
  spellings: readonly string[] = [],
) => {
  const value: Value<never> = {
    parse: () => {
      throw new CliFailure('NO_KERNEL', reason, EXIT.usage);
    },
  };
  return option(flags, `refused: ${reason}`, { value, spellings, isHidden: true });
};

/** Of commands that are of programs alone, for this reason. */
export const userDomainOptions = (reason: string) =>
  [
    option('-u, --userspace', 'what programs do (default)'),
    refused('-k, --kernel', reason),
  ] as const;
