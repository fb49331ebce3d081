import type { HttpContext } from '../../http/context.js';
import type { Guard } from '../../http/guard.js';
import type { Authenticate } from './authenticate.js';

/** Authenticates the caller and sets `context.viewer`. */
export function authentication(authenticate: Authenticate): Guard {
  return (context) => {
    const viewer = authenticate(context.req.headers.authorization);
    if (viewer instanceof Promise) return setViewer(viewer, context);
    context.viewer = viewer;
  };
}

async function setViewer(viewer: ReturnType<Authenticate>, context: HttpContext): Promise<void> {
  context.viewer = await viewer;
}
