/** A set-user-ID program makes nothing where its environment points, which another user chose. */
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const isolation = finder('isolation');

export function checkSetUserId(simulation: Simulation): Finding[] {
  const files = simulation.listFiles();
  const findings: Finding[] = [];
  for (const { spec, pid, uid } of simulation.processes()) {
    if (!spec.isElevated) continue;
    for (const [variable, place = ''] of Object.entries(spec.environment)) {
      const made = files.find(
        ({ path, uid: owner }) => owner === uid && (path === place || path.startsWith(`${place}/`)),
      );
      if (made === undefined || place === '') continue;
      findings.push(isolation(`process ${pid} of ${uid} made ${made.path}, as ${variable} said`));
    }
  }
  return findings;
}
