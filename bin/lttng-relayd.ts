#!/usr/bin/env node
/** `lttng-relayd`, from its bundle: see `bin/daemon/relayd.ts`. */
type Launch = typeof import('./bundle/launch.ts');

const { createRequire } = process.getBuiltinModule('node:module');
const { launch } = createRequire(import.meta.url)('./programs/launch.cjs') as Launch;
launch({ name: 'lttng-relayd', exitStatus: 1 });
