/** Holds a library to its silence: each test of the file fails when something was written to a standard stream. */
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
