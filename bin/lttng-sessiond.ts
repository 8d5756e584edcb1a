#!/usr/bin/env node
/** `lttng-sessiond`, from its bundle: see `bin/daemon/sessiond.ts`. */
type Launch = typeof import('./bundle/launch.ts');

const { createRequire } = process.getBuiltinModule('node:module');
const { launch } = createRequire(import.meta.url)('./programs/launch.cjs') as Launch;
launch({ name: 'lttng-sessiond', exitStatus: 1 });
