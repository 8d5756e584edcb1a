/**
 * Hostile peers of a registry, and hostile registries, in the simulator: other peers notice nothing (R1.3 to R1.15).
 */
import { describe, expect, it } from 'vitest';
import { fuzzRegistry } from './registry.ts';
import { total } from './tally.ts';
import { fuzzVictims } from './victims.ts';

describe('a registry among hostile peers', () => {
  it('cuts them off with a reason and answers every request of its friends', () => {
    const { sent, cutOff, friends, defects } = fuzzRegistry(6, 20);
    expect(defects).toEqual([]);
    expect(total(sent)).toBeGreaterThan(150);
    expect(total(cutOff)).toBeGreaterThan(15);
    expect(friends['session.destroy']).toBe(6);
    expect(friends['(consumer ended with 0)']).toBe(6);
  });
});

describe('a registry that sends arbitrary messages', () => {
  it('does not crash, hang or spin a command, a consumer or an application', () => {
    const { sent, defects } = fuzzVictims(15, 30);
    expect(defects).toEqual([]);
    expect(total(sent)).toBeGreaterThan(150);
  });
});
