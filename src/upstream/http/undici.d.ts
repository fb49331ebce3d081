/*
 * Modules of undici that the transport imports. The main entry of undici also loads `fetch`, WebSocket, caches and
 * mocks, which takes a tenth of the start-up time.
 */
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export default Agent;
}

declare module 'undici/lib/core/errors.js' {
  import { errors } from 'undici';
  export default errors;
}
