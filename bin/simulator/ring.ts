/** `lttng-sim ring`: explores and counts every interleaving of a writer and a reader of a small stream. */
import { type Command, InvalidArgumentError } from 'commander';
import { RING_BUGS } from '../../sim/ring/bugs.ts';
import { exploreRing } from '../../sim/ring/explore.ts';
import { count } from '../terminal/output.ts';
import { type Cli, EXIT } from './common.ts';

export function addRing(program: Command, cliOf: () => Cli): void {
  program
    .command('ring')
    .description('Run every interleaving of a writer and a reader of a ring buffer, and count them')
    .option('--bug <name>', 'plant a bug; see lttng-sim list', ringBugOf)
    .action(({ bug }: { readonly bug?: string }) => {
      const { output } = cliOf();
      const plant = bug === undefined ? undefined : RING_BUGS[bug]?.plant;
      let total = 0;
      for (const { family, mode, count: orders, findings } of exploreRing(plant)) {
        total += orders;
        output.value({ family, mode, orders, findings });
        output.line(`${family}, ${mode}: ${count(orders, 'order')}`);
        for (const finding of findings) output.line(output.paint('red', `  ${finding}`));
        if (findings.length > 0) process.exitCode = EXIT.failed;
      }
      output.line(`${count(total, 'order')} in all`);
    });
}

function ringBugOf(name: string): string {
  if (Object.hasOwn(RING_BUGS, name)) return name;
  throw new InvalidArgumentError(
    `There is no bug "${name}" of the ring; \`lttng-sim list\` names them.`,
  );
}
