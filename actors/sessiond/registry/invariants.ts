/** Invariants of a registry (stated at the fields in `context.ts`). */
import { assert } from '../../../src/base/assert.ts';
import { LIST_ENTRIES_MAX } from '../../../src/wire/limits.ts';
import { ALL_LISTED_BYTES_MAX, LISTED_BYTES_MAX, SESSIONS_MAX } from '../limits.ts';
import { LINK_BOUNDS, type LinkKind, type RegistryContext } from './context.ts';

export function checkRegistry(after: RegistryContext, before: RegistryContext): void {
  checkCounts(after);
  if (after.apps !== before.apps) checkApps(after);
}

function checkCounts(context: RegistryContext): void {
  const { sessions, creations, created, apps, linkCount } = context;
  assert(sessions.length + creations.length <= SESSIONS_MAX, 'inv:registry.sessions:bounded');
  assert(created.length <= sessions.length, 'inv:registry.created:of-sessions');
  const [clientLinks, appLinks] = [countLinks(context, 'client'), countLinks(context, 'app')];
  assert(clientLinks + appLinks <= linkCount, 'inv:registry.linkCount:counts-all');
  assert(apps.length <= appLinks, 'inv:registry.apps:has-link');
}

function checkApps({ apps }: RegistryContext): void {
  const newest = apps.at(-1);
  let allBytes = 0;
  for (const known of apps) {
    const { app, tracepoints, listedBytes } = known;
    assert(known === newest || app.link !== newest?.app.link, 'inv:registry.apps:own-link');
    assert(tracepoints.length <= LIST_ENTRIES_MAX, 'inv:registry.tracepoints:bounded');
    assert(listedBytes <= LISTED_BYTES_MAX, 'inv:registry.listedBytes:bounded');
    allBytes += listedBytes;
  }
  assert(allBytes <= ALL_LISTED_BYTES_MAX, 'inv:registry.listedBytes:all-bounded');
}

/** Counts the links of a kind, and asserts their bounds. */
function countLinks({ links }: RegistryContext, kind: LinkKind): number {
  const { all, perUser } = LINK_BOUNDS[kind];
  let total = 0;
  for (const count of links[kind].values()) {
    assert(count > 0 && count <= perUser, 'inv:registry.links:bounded-per-user');
    total += count;
  }
  assert(total <= all, 'inv:registry.links:bounded');
  return total;
}
