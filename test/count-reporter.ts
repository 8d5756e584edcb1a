/**
 * Ends a test run with what was skipped and why, then one plain line: `N passed, N failed, N skipped`. A file or a
 * hook that fails counts as one failed test, so that the line never looks better than the run was.
 */
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number =>
      tests.filter((test) => test.result().state === state).length;
    const broken = modules.flatMap((module) => [
      ...module.errors(),
      ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
    ]);
    const failed = count('failed') + count('pending') + broken.length + unhandled.length;
    const lines = [...skipReasons(tests)].map(([why, times]) => `skipped ${times}: ${why}`);
    lines.push(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

function skipReasons(tests: readonly TestCase[]): Map<string, number> {
  const reasons = new Map<string, number>();
  for (const test of tests) {
    const result = test.result();
    if (result.state !== 'skipped') continue;
    const why = result.note ?? 'no reason given';
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  return reasons;
}
