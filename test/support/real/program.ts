/** A program that is compared with and without `lttng record`. */

export interface Program {
  readonly name: string;
  /** Files of its directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What follows `node`. */
  readonly args: readonly string[];
  /** Major version of Node; the one that runs the tests when left out. */
  readonly node?: number;
  readonly stdin?: string;
  /** Replaces the environment; undefined values are removed. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A script of sh(1) that runs the command `"$@"`. */
  readonly shell?: string;
  /** The name of the package that it needs. */
  readonly needs?: string;
  /** It cannot be traced, so its trace is empty. */
  readonly isUntraced?: true;
}
