import type { UpstreamLog, UpstreamObserver } from './settings.js';

/** Wraps a log so that its errors are discarded: a failed log line must not change the result of a request. */
export function shieldedLog(log: UpstreamLog): UpstreamLog {
  return {
    debug: shielded((facts, message) => log.debug(facts, message)),
    info: shielded((facts, message) => log.info(facts, message)),
    warn: shielded((facts, message) => log.warn(facts, message)),
    error: shielded((facts, message) => log.error(facts, message)),
  };
}

/**
 * Wraps an observer so that its errors do not reach the caller.
 *
 * @param log - receives the name of each such error
 */
export function shieldedObserver(observer: UpstreamObserver, log: UpstreamLog): UpstreamObserver {
  const onError = (error: unknown) =>
    log.debug({ error: error instanceof Error ? error.name : typeof error }, 'upstream observer failed');
  return {
    attempt: shielded((route, outcome, ms) => observer.attempt(route, outcome, ms), onError),
    retry: shielded((reason) => observer.retry(reason), onError),
    waited: shielded((ms) => observer.waited(ms), onError),
    drift: shielded((field) => observer.drift(field), onError),
    response: shielded((route, source) => observer.response(route, source), onError),
    token: shielded((outcome) => observer.token(outcome), onError),
    walk: shielded((list, pages) => observer.walk(list, pages), onError),
  };
}

function shielded<A extends unknown[]>(
  report: (...args: A) => void,
  onError: (error: unknown) => void = () => {},
): (...args: A) => void {
  return (...args) => {
    try {
      report(...args);
    } catch (error) {
      onError(error);
    }
  };
}
