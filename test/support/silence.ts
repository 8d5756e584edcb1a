/** Checks that a library is silent: a test of the file fails after any write to a standard stream. */
import { afterEach, beforeEach, expect, vi } from 'vitest';

export function expectSilence(): void {
  const streams = (): unknown[] => [
    vi.spyOn(process.stdout, 'write'),
    vi.spyOn(process.stderr, 'write'),
  ];
  let watched: unknown[] = [];
  beforeEach(() => {
    watched = streams();
  });
  afterEach(() => {
    for (const write of watched) expect(write).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
}
