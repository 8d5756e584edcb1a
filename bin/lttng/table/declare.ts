/**
 * How a command of `lttng` is declared. Parsing, help, completion, man pages and the reference in `docs/cli.md` are
 * made from these declarations, which `table.ts` beside this file puts together.
 *
 * To add a command: declare it in the file of its group, and name it in `table.ts`. Its file in `bin/lttng/commands`
 * exports a function that takes the parsed options and operands; name that in `actions.ts` there: the compiler checks
 * that both fit. What it answers in the XML of LTTng is a function in `bin/lttng/mi/answers.ts`. Then run
 * `npm run reference`. Options that commands share are declared in `bin/lttng/options`.
 */
import { usageFailure } from '../failure.ts';

/** What a shell can complete. */
export type Suggestion =
  | 'sessions'
  /** What snapshots can be asked for, and sessions. */
  | 'snapshots'
  | 'saved'
  | 'channels'
  | 'events'
  | 'kernel-events'
  | 'syscalls'
  | 'rules'
  | 'pids'
  | 'processes'
  | 'commands'
  | 'files'
  | 'directories'
  | 'programs';

/** The value of an option: how its text is parsed, and what is said of it. */
export interface Value<T> {
  /** `before`: the value of the same option before, for options that add up. */
  parse(text: string, before?: T): T;
  /** The values that are accepted, as a phrase. */
  readonly bounds?: string;
  /** Nothing else is accepted. */
  readonly choices?: readonly string[];
  readonly suggests?: Suggestion | readonly string[];
}

export interface OptionDeclaration<Flags extends string = string, T = unknown> {
  /** As commander spells them: `-c, --channel <name>`. */
  readonly flags: Flags;
  readonly help: string;
  readonly value?: Value<T>;
  /** Other spellings of the long flag, which help does not list. */
  readonly spellings: readonly string[];
  /** Accepted, and not listed. */
  readonly isHidden: boolean;
}

export interface OperandDeclaration {
  /** `<name>`, `[name]`, or with `...` at the end for the rest of the words. */
  readonly syntax: string;
  readonly help: string;
  readonly suggests: Suggestion | readonly string[];
}

export interface CommandDeclaration {
  readonly name: string;
  /** The spellings of later versions of LTTng. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly operands: readonly OperandDeclaration[];
  readonly options: readonly OptionDeclaration[];
  /** Words after the first operand belong to another program. */
  readonly passesThrough?: true;
  /** Command lines, each with what it does. */
  readonly examples?: readonly (readonly [line: string, meaning: string])[];
  /** The statement of the RFC, or the version of LTTng, that it comes from. */
  readonly source: string;
  /** For programs, such as completion scripts: no list names it. */
  readonly isHidden?: true;
}

/** Keeps the exact type of a declaration, which that of the command's function follows from. */
export const command = <const D extends CommandDeclaration>(declaration: D): D => declaration;

interface Listing {
  readonly spellings?: readonly string[];
  readonly isHidden?: true;
}

/** An option: with a value of its own, otherwise the text as it is, or none. */
export function option<const Flags extends string, T>(
  flags: Flags,
  help: string,
  more: Listing & { readonly value: Value<T> },
): OptionDeclaration<Flags, T>;
export function option<const Flags extends string>(
  flags: Flags,
  help: string,
  more?: Listing,
): OptionDeclaration<Flags, TextOf<Flags>>;
export function option(
  flags: string,
  help: string,
  more: Listing & { readonly value?: Value<unknown> } = {},
): OptionDeclaration {
  return { spellings: [], isHidden: false, ...more, flags, help };
}

/** A text. */
export function text(suggests: Suggestion): Value<string> {
  return { parse: (word) => word, suggests };
}

/** A decimal number within bounds; `what` is the subject of its error. */
export function number(
  what: string,
  min: number,
  max: number,
  suggests?: Suggestion,
): Value<number> {
  return {
    bounds: `${min} to ${max}`,
    ...(suggests === undefined ? {} : { suggests }),
    parse: (word) => {
      const value = /^\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
      if (value >= min && value <= max) return value;
      throw usageFailure(`${what} is a number from ${min} to ${max}, not "${word}"`);
    },
  };
}

/** The parts of a comma-separated list; `\,` is a literal comma. Further options of the name add theirs. */
export function list(suggests: Suggestion | readonly string[]): Value<readonly string[]> {
  return { parse: (word, before = []) => [...before, ...partsOf(word)], suggests };
}

/** The parts of a comma-separated list; `\,` is a literal comma. */
export function partsOf(word: string): string[] {
  return (word.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []).filter((part) => part !== '');
}

type TextOf<Flags extends string> = Flags extends `${string}<${string}`
  ? string
  : Flags extends `${string}--no-${string}`
    ? boolean
    : true;

type LongName<Flags extends string> = Flags extends `${string}--${infer Rest}`
  ? Rest extends `${infer Name} ${string}`
    ? Name
    : Rest
  : never;

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** `--no-color` is a member `color`. */
type Member<Flags extends string> =
  LongName<Flags> extends `no-${infer Name}` ? CamelCase<Name> : CamelCase<LongName<Flags>>;

/** What is parsed of options. */
export type OptionsOf<Declared extends readonly OptionDeclaration[]> = {
  readonly [O in Declared[number] as Member<O['flags']>]?: O extends OptionDeclaration<
    string,
    infer T
  >
    ? T
    : never;
};

/** What is parsed of a command's options. */
export type Given<D extends CommandDeclaration> = OptionsOf<D['options']>;

type Operand<O extends OperandDeclaration> = O['syntax'] extends `${string}...]` | `${string}...>`
  ? readonly string[]
  : Single<O>;
type Single<O extends OperandDeclaration> = O['syntax'] extends `<${string}`
  ? string
  : string | undefined;

type Operands<Declared extends readonly OperandDeclaration[]> = {
  readonly [Index in keyof Declared]: Operand<Declared[Index]>;
};

/** What is parsed of a command's operands. */
export type OperandsOf<D extends CommandDeclaration> = Operands<D['operands']>;
