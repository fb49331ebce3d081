import type { UpstreamLog, UpstreamObserver } from './settings.js';

/** The same log, except that what it throws goes no further: a failed line must not change the fate of a request. */
export function shieldedLog(log: UpstreamLog): UpstreamLog {
  return {
    debug: shielded((facts, message) => log.debug(facts, message)),
    info: shielded((facts, message) => log.info(facts, message)),
    warn: shielded((facts, message) => log.warn(facts, message)),
    error: shielded((facts, message) => log.error(facts, message)),
  };
}

/**
 * The same observer, except that what it throws goes no further.
 *
 * @param log - is told of such an error, by its name
 */
export function shieldedObserver(observer: UpstreamObserver, log: UpstreamLog): UpstreamObserver {
  const onError = (error: unknown) =>
    log.debug({ error: error instanceof Error ? error.name : typeof error }, 'an upstream observer failed');
  return {
    attempt: shielded((outcome, durationMs) => observer.attempt(outcome, durationMs), onError),
    retry: shielded(() => observer.retry(), onError),
    breaker: shielded((state) => observer.breaker(state), onError),
    drift: shielded((field) => observer.drift(field), onError),
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
