import { fieldPath } from '../resources/define.js';
import { UpstreamError } from '../upstream/errors.js';
import { deferredSpan, type Span } from '../util/span.js';
import type { WalkPlan } from './walk-runner.js';

/**
 * Runs a walk within a span. It is started with the first page that is not cached.
 *
 * @param parent - span of the operation; `undefined`: tracing is off
 * @param direction - `full`: over the whole list
 * @param run - runs the walk by a plan; its outcome may be an error as a value
 */
export function walkWithin<T>(
  parent: Span | undefined,
  direction: 'forward' | 'backward' | 'full',
  plan: WalkPlan,
  run: (plan: WalkPlan) => Promise<T>,
): Promise<T> {
  return parent?.isRecorded ? recordWalk(parent, direction, plan, run) : run(plan);
}

async function recordWalk<T>(
  parent: Span,
  direction: string,
  plan: WalkPlan,
  run: (plan: WalkPlan) => Promise<T>,
): Promise<T> {
  const list = fieldPath(plan.declaration);
  const span = deferredSpan(parent, `walk ${list}`, {
    'gateway.list': list,
    'gateway.walk.direction': direction,
  });
  let pages = 0;
  let records = 0;
  try {
    const outcome = await run({
      ...plan,
      load: async (open, ref) => {
        const page = await plan.load(open, ref, span);
        pages += 1;
        if (page !== null && !('rejection' in page)) records += page.records.length;
        return page;
      },
    });
    if (outcome instanceof Error) span?.fail(codeOf(outcome));
    return outcome;
  } catch (error) {
    span?.fail(codeOf(error));
    throw error;
  } finally {
    span?.set({ 'gateway.walk.pages': pages, 'gateway.walk.records': records });
    span?.end();
  }
}

/** The code of an error, or its name: values of a fixed set. */
function codeOf(error: unknown): string {
  if (error instanceof UpstreamError) return error.code;
  if (!(error instanceof Error)) return 'OTHER';
  return error.name === 'AbortError' ? 'CANCELLED' : error.name;
}
