/**
 * `--mi=xml`: what a command answers, as the XML of LTTng 2.13's machine interface, schema 4.1. The XML is made from
 * the values that `--output-format json` prints (`answers.ts`), when the command has ended.
 */
import { type Output, printLine } from '../../terminal/output.ts';
import { asFailure, EXIT, usageFailure } from '../failure.ts';
import type { CommandDeclaration } from '../table/declare.ts';
import { ANSWERS } from './answers.ts';
import { type Xml, xmlText } from './xml.ts';

const NAMESPACE = 'https://lttng.org/xml/ns/lttng-mi';
const VERSION = '4.1';
const ROOT =
  `command xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
  `xsi:schemaLocation="${NAMESPACE} https://lttng.org/xml/schemas/lttng-mi/4/lttng-mi-${VERSION}.xsd" ` +
  `schemaVersion="${VERSION}"`;

/** What was parsed of the command line. */
interface Parsed {
  readonly options: object;
  readonly operands: readonly unknown[];
}

/** An answer whose types its own table has checked. */
type Untyped = (
  asked: Parsed & { readonly isDone: boolean },
  values: readonly unknown[],
) => Xml | undefined;

/** Runs the command, and prints its answer. A wrong command line has none: nothing is done then. */
export async function answerInXml(
  { values }: Output,
  { name, aliases: [theirName = name] = [] }: CommandDeclaration,
  parsed: Parsed,
  run: () => Promise<void>,
): Promise<void> {
  const answers: Readonly<Record<string, unknown>> = ANSWERS;
  const answer = answers[name] as Untyped | undefined;
  if (answer === undefined) {
    throw usageFailure(`"lttng ${name}" has no --mi=xml; use --output-format json`);
  }
  const print = (isDone: boolean): void => {
    const output = answer({ ...parsed, isDone }, values);
    const parts: readonly Xml[] = [
      ['name', theirName],
      ['output', output],
      ['success', isDone],
    ];
    printLine('output', '<?xml version="1.0" encoding="UTF-8"?>');
    printLine('output', `<${ROOT}>${parts.map(xmlText).join('')}</command>`);
  };
  // Refuses what the XML cannot say, before anything is done.
  answer({ ...parsed, isDone: false }, []);
  try {
    await run();
  } catch (thrown) {
    if (asFailure(thrown)?.exitStatus !== EXIT.usage) print(false);
    throw thrown;
  }
  print((process.exitCode ?? EXIT.done) === EXIT.done);
}
