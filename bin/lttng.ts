#!/usr/bin/env node
/** `lttng`, from its bundle: see `bin/lttng/commands/main.ts`. */
type Launch = typeof import('./bundle/launch.ts');

const { createRequire } = process.getBuiltinModule('node:module');
const { launch } = createRequire(import.meta.url)('./programs/launch.cjs') as Launch;
launch({ name: 'lttng', exitStatus: 4 });
