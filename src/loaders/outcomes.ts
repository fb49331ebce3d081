/** The outcomes of a batch in the form that dataloader takes: of each promise its value, or why there is none. */
export async function outcomesOf<T>(promises: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return (await Promise.allSettled(promises)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
  );
}
