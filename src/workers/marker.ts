import cluster from 'node:cluster';

const MARKER = 'GATEWAY_SUPERVISED';

/** Environment of a worker, in addition to that of the primary. */
export const WORKER_ENVIRONMENT = { [MARKER]: 'on' };

/** Whether this process is a worker of this program; other programs (pm2) start it as a worker of their own cluster. */
export function isSupervised(): boolean {
  return cluster.isWorker && process.env[MARKER] !== undefined;
}

/** Whether this process may have workers. */
export function maySupervise(): boolean {
  return cluster.isPrimary;
}
