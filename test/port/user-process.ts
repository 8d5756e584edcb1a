/** The process of one user in a conformance script on the real World; started by `real-bench.ts` with a channel. */
import { scripts } from './conformance.ts';
import { createRealBench, type StepAnswer, type StepRequest } from './real-bench.ts';

const keep = new Map<string, unknown>();

process.on('message', (message) => {
  const request = message as StepRequest;
  runStep(request).then(
    (answer) => process.send?.(answer),
    (trouble: unknown) => {
      process.send?.({ lines: [], notes: [], trouble: String(trouble) } satisfies StepAnswer);
    },
  );
});
// Our parent is gone: nobody will ask again.
process.on('disconnect', () => process.exit(0));

async function runStep(request: StepRequest): Promise<StepAnswer> {
  const step = scripts.find(({ name }) => name === request.script)?.steps[request.step];
  if (step === undefined || 'kill' in step) throw new Error('No such step');
  const lines: string[] = [];
  const notes = new Map(request.notes);
  const bench = createRealBench(request.users, request.directory, notes, keep, lines);
  try {
    await step.run(bench);
    return { lines, notes: [...notes] };
  } catch (trouble) {
    return { lines, notes: [...notes], trouble: String(trouble) };
  }
}
