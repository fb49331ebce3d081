import type { HttpContext } from '../../http/context.js';
import type { Guard } from '../../http/guard.js';
import type { Authenticate } from './authenticate.js';

/** Finds out who sends an operation. */
export function authentication(authenticate: Authenticate): Guard {
  return (context) => {
    const viewer = authenticate(context.req.headers.authorization);
    if (viewer instanceof Promise) return enterAs(viewer, context);
    context.viewer = viewer;
  };
}

async function enterAs(viewer: ReturnType<Authenticate>, context: HttpContext): Promise<void> {
  context.viewer = await viewer;
}
