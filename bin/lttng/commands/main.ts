/** The main of `lttng`, the command line (RFC 0002). Each command has its file beside this one. */

import { type Cli, createCli } from '../context.ts';
import { globalOptionsOf } from '../options/global.ts';
import { withLivePeriods } from '../options/live.ts';
import { runProgram } from '../program.ts';
import { addCommand, createProgram } from '../table/commander.ts';
import { type Declared, GROUPS, HIDDEN } from '../table/table.ts';
import { ACTIONS } from './actions.ts';

/** An action as commander calls it, whose types the table has checked. */
type Untyped = (cli: Cli, options: object, ...operands: readonly unknown[]) => Promise<void>;

export async function main(): Promise<void> {
  const program = createProgram();
  await runProgram(program, {
    words: withLivePeriods(process.argv.slice(2)),
    makeCli: (command) => createCli(globalOptionsOf(program, command), program),
    addCommands: (cliOf) => {
      const add = (declared: Declared): void =>
        addCommand(program, declared, async (command, operands) => {
          const cli = cliOf(command);
          const run = async (): Promise<void> => {
            const action = await actionOf(declared);
            await action(cli, command.opts(), ...operands);
          };
          if (cli.output.format !== 'xml') return run();
          const { answerInXml } = await import('../mi/document.ts');
          return answerInXml(cli.output, declared, { options: command.opts(), operands }, run);
        });
      for (const { heading, commands } of GROUPS) {
        program.commandsGroup(`${heading}:`);
        commands.forEach(add);
      }
      HIDDEN.forEach(add);
    },
  });
}

async function actionOf({ name }: Declared): Promise<Untyped> {
  const load: () => Promise<unknown> = ACTIONS[name];
  return (await load()) as Untyped;
}
