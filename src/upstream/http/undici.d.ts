/*
 * The parts of undici that are used. Its entry loads `fetch`, WebSockets, caches and mocks with them, which takes a
 * tenth of the gateway's start.
 */
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export default Agent;
}

declare module 'undici/lib/core/errors.js' {
  import { errors } from 'undici';
  export default errors;
}
