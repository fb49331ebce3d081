export type { Fault } from './faults.js';
export type { SandboxOptions } from './options.js';
export type { LoggedRequest } from './request-log.js';
export type { Sandbox } from './sandbox.js';
export { DEMO_SIM_SID } from './sids.js';
export { startSandbox } from './start.js';
export type { WireRecord, WireSim } from './wire.js';
