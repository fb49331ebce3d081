import type { MaybePromise } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Sim } from '../../resources/records.js';
import { requestedSimData } from '../cost/lookahead.js';
import { InputError } from '../errors.js';
import type { OperationContext } from './builder.js';
import { unwrap, type ValueOf } from './members.js';

/** A SIM that exists. Who looks at its sessions alone needs no more of it than its SID. */
export interface SimNode {
  readonly __typename: 'Sim';
  readonly sid: string;
  /** Its record, where it was loaded to find out whether the SIM exists. */
  readonly record: Sim | null;
}

const SIM_SID = /^DE[0-9a-fA-F]{32}$/;

/**
 * Fetches a SIM with all that the operation wants of it, side by side.
 *
 * Its data sessions tell as well as its record whether the SIM exists, so the record is only asked for when a
 * field of it is wanted, or nothing else is.
 *
 * @param sid - of any type: representations of entities are not checked by anybody before
 * @returns `null` when the upstream knows no such SIM
 * @throws {InputError} for a malformed SID, before anything is asked for
 */
export async function loadSim(
  sid: unknown,
  { loaders, viewer }: OperationContext,
  info: GraphQLResolveInfo,
): Promise<SimNode | null> {
  if (typeof sid !== 'string' || !SIM_SID.test(sid)) {
    throw new InputError('this is no SID of a SIM: expected `DE` and 32 hexadecimal digits');
  }
  const { record, windows } = requestedSimData(info, viewer);
  // Their fields find the same windows under way; here it only matters whether they tell that the SIM exists.
  const unknown = windows.map(({ list, args }) => isUnknown(list.load(loaders, sid, args)));
  if (record || windows.length === 0) {
    const loaded = loaders.sims.load(sid);
    // A record that cannot be had is the error of the fields that need it: the sessions may still be answered.
    const sim = await (windows.length === 0 ? loaded : loaded.catch(() => undefined));
    return sim === null ? null : { __typename: 'Sim', sid, record: sim ?? null };
  }
  for (const window of unknown) if (await window) return null;
  return { __typename: 'Sim', sid, record: null };
}

/** Whether a window tells that there is no such SIM. That it cannot be had is the error of its field. */
function isUnknown(window: Promise<unknown>): Promise<boolean> {
  return window.then(
    (connection) => connection === null,
    () => false,
  );
}

/** A member of the SIM's record, which is loaded now if it was not before. */
export function resolveSimField<Name extends keyof Sim>(
  { sid, record }: SimNode,
  name: Name,
  { loaders }: OperationContext,
): MaybePromise<ValueOf<Sim[Name]> | null> {
  if (record !== null) return unwrap(record[name]);
  return loaders.sims.load(sid).then((sim) => sim && unwrap(sim[name]));
}
