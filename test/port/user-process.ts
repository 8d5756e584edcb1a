/**
 * The process of one user in a conformance script on the real World. `real-stage.ts` starts it as root with a channel
 * and the ids to change to. It loads all modules first: the user may have no right to read our files.
 */
import { createRealWorld } from '../../src/os/world.ts';
import { scripts } from './conformance.ts';
import { createRealStage, type StepAnswer, type StepRequest } from './real-stage.ts';

const keep = new Map<string, unknown>();
const undo: (() => void)[] = [];

becomeUser(Number(process.argv[2]), Number(process.argv[3]));

process.on('message', (message) => {
  const request = message as StepRequest;
  runStep(request).then(
    (answer) => process.send?.(answer),
    (trouble: unknown) => {
      process.send?.({ lines: [], notes: [], trouble: String(trouble) } satisfies StepAnswer);
    },
  );
});
// The parent has ended: no further request will come.
process.on('disconnect', () => {
  for (const act of undo) act();
  process.exit(0);
});

function becomeUser(uid: number, gid: number): void {
  const { random, users } = createRealWorld({ log: () => {} });
  // The packages that the World loads at first use.
  random.uuid('first use');
  users.groupId('root');
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

async function runStep(request: StepRequest): Promise<StepAnswer> {
  const step = scripts.find(({ name }) => name === request.script)?.steps[request.step];
  if (step === undefined || 'kill' in step) throw new Error('No such step');
  const lines: string[] = [];
  const notes = new Map(request.notes);
  const stage = createRealStage(request.users, request.directory, notes, keep, lines, undo);
  try {
    await step.run(stage);
    return { lines, notes: [...notes] };
  } catch (trouble) {
    return { lines, notes: [...notes], trouble: String(trouble) };
  }
}
