/** Whether this machine lets the real conformance stage trace the kernel; scripts that do are skipped elsewhere. */
import { createRealWorld } from '../../src/os/world.ts';

/** The reason why the kernel cannot be traced; undefined when it can. */
export function whyNoTracefs(): string | undefined {
  const described = createRealWorld({ log: () => {} }).kernel.describe();
  if (described.ok) return undefined;
  const { code, detail = '' } = described.error;
  return `needs root and tracefs: ${code} ${detail}`.trim();
}
