/** The type of a machine's chart. */

/**
 * The charts that a `setup` accepts. A chart that `satisfies` this type names no event that its machine does not
 * accept. xstate's `createMachine` and `createStateConfig` allow such events: the compiler reports excess members only
 * against a declared type, and these functions infer theirs.
 */
export type ChartOf<Setup extends { createStateConfig: (config: never) => unknown }> = Parameters<
  Setup['createStateConfig']
>[0];
