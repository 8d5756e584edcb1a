/** What the chart of a machine may say. */

/**
 * The states, and with them the machine itself, that can be built of a `setup`. A chart that `satisfies` this names no
 * event that its machine does not accept. xstate's `createMachine` and `createStateConfig` let such events pass: the
 * compiler looks for members too many only in what has a type beforehand, and they infer it.
 */
export type ChartOf<Setup extends { createStateConfig: (config: never) => unknown }> = Parameters<
  Setup['createStateConfig']
>[0];
