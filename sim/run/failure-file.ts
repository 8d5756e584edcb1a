/**
 * Failure files: a run that broke a law, as one JSON value that anyone can repeat. A file has the input itself (so that
 * it stays valid when scenarios draw differently), the versions of package, commit and Node.js, the findings, and the
 * rolling hash at some steps, which shows whether and where a repetition differs.
 */
import * as v from 'valibot';
import { fail, ok, type Result } from '../../src/base/result.ts';
import { counter } from '../../src/wire/common.ts';
import { BUGS } from '../bugs/bugs.ts';
import type { ScenarioInput } from '../input/scenario.ts';
import { scenarioInput } from '../input/schema.ts';
import type { Checkpoint } from '../machine/simulation.ts';
import { ORACLES } from '../oracles/finding.ts';
import type { RunOptions } from './assemble.ts';
import {
  CHECKPOINTS_MAX,
  checkpointRecorder,
  type Difference,
  firstDifference,
} from './checkpoints.ts';
import { type RunReport, runScenario } from './run.ts';
import { shrink } from './shrink.ts';

/** Maximum bytes of a failure file; a longer one is not read. */
export const FAILURE_BYTES_MAX = 8 * 1024 * 1024;
const FINDINGS_MAX = 100;
const FINDING_CHARACTERS_MAX = 4096;

const shortText = v.pipe(v.string(), v.maxLength(200));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'a hash is 16 hexadecimal digits'));

const failureFile = v.strictObject({
  format: v.literal('lttng-sim-failure-2'),
  /** Of this package. */
  version: shortText,
  /** Of the checkout that ran it. */
  commit: shortText,
  node: shortText,
  scenario: shortText,
  /** The planted bug. */
  bug: v.exactOptional(
    v.pipe(
      v.string(),
      v.check((name) => Object.hasOwn(BUGS, name), 'no such bug'),
    ),
  ),
  /** The law of the first finding; `determinism` when the repeated run differed. */
  oracle: v.picklist([...ORACLES, 'determinism']),
  findings: v.pipe(
    v.array(
      v.strictObject({
        oracle: v.picklist(ORACLES),
        text: v.pipe(v.string(), v.maxLength(FINDING_CHARACTERS_MAX)),
      }),
    ),
    v.maxLength(FINDINGS_MAX),
  ),
  steps: counter,
  /** The rolling hash at the end, and at some steps. */
  hash,
  checkpoints: v.pipe(
    v.array(v.strictObject({ step: counter, time: counter, hash })),
    v.maxLength(CHECKPOINTS_MAX),
  ),
  input: scenarioInput,
  /** The smallest input found that breaks the same law. */
  minimised: v.exactOptional(scenarioInput),
  /** Where the repetition differed from the run. */
  difference: v.exactOptional(v.strictObject({ after: counter, step: counter })),
});
export type FailureFile = v.InferOutput<typeof failureFile>;

/** The versions that ran it. */
export interface Origin {
  readonly version: string;
  readonly commit: string;
  readonly node: string;
}

/** A run with its rolling hash at some steps. */
export interface CheckedRun {
  readonly report: RunReport;
  readonly checkpoints: readonly Checkpoint[];
}

export function runChecked(input: ScenarioInput, options: RunOptions = {}): CheckedRun {
  const { onStep, checkpoints } = checkpointRecorder();
  const report = runScenario(input, {
    ...options,
    onStep: (step, simulation) => {
      onStep(step, simulation);
      options.onStep?.(step, simulation);
    },
  });
  return { report, checkpoints: checkpoints() };
}

/** Runs the input twice; `difference`: where the second run differs from the first. */
export function runTwice(
  input: ScenarioInput,
  optionsOf: () => RunOptions,
): CheckedRun & { readonly difference: Difference | undefined } {
  const first = runChecked(input, optionsOf());
  const again = runChecked(input, optionsOf());
  if (first.report.hash === again.report.hash) return { ...first, difference: undefined };
  const difference = firstDifference(first.checkpoints, again.checkpoints);
  // Both agree at every recorded step: the difference is after the last of these.
  const after = first.checkpoints.at(-1)?.step ?? 0;
  return { ...first, difference: difference ?? { after, step: first.report.steps } };
}

/** The failure of a run; undefined when there is none. */
export function failureOf(
  origin: Origin,
  run: {
    readonly scenario: string;
    readonly input: ScenarioInput;
    readonly bug: string | undefined;
  },
  { report, checkpoints }: CheckedRun,
  difference: Difference | undefined,
): FailureFile | undefined {
  const [first] = report.findings;
  if (first === undefined && difference === undefined) return undefined;
  const { scenario, input, bug } = run;
  return {
    format: 'lttng-sim-failure-2',
    ...origin,
    scenario,
    ...(bug === undefined ? {} : { bug }),
    oracle: difference === undefined && first !== undefined ? first.oracle : 'determinism',
    findings: report.findings
      .slice(0, FINDINGS_MAX)
      .map(({ oracle, text }) => ({ oracle, text: text.slice(0, FINDING_CHARACTERS_MAX) })),
    steps: report.steps,
    hash: report.hash,
    checkpoints: [...checkpoints],
    input,
    ...(difference === undefined ? {} : { difference }),
  };
}

/** The same failure with the smallest input found that fails in the same way. */
export function minimise(failure: FailureFile): FailureFile {
  const {
    bug,
    input,
    findings: [finding],
  } = failure;
  if (failure.oracle === 'determinism' || finding === undefined) return failure;
  const plant = bug === undefined ? undefined : BUGS[bug]?.plant;
  return { ...failure, minimised: shrink(input, finding, plant).input };
}

/** The failure in a file, or one sentence about what is wrong with the file. */
export function readFailure(text: string): Result<FailureFile, string> {
  return parsed(failureFile, text);
}

/** An input that `lttng-sim shrink` printed, or one sentence about what is wrong with it. */
export function readInput(text: string): Result<ScenarioInput, string> {
  return parsed(scenarioInput, text);
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, text: string): Result<T, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('It is not JSON');
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return ok(result.output);
  const [issue] = result.issues;
  return fail(`${v.getDotPath(issue) ?? 'It'}: ${issue.message}`.slice(0, 300));
}
