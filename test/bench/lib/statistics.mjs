/**
 * @param {readonly number[]} values
 */
export function median(values) {
  return percentile(values, 50);
}

/**
 * Value that this share of the values does not pass; NaN of none.
 *
 * @param {readonly number[]} values
 * @param {number} percent
 */
export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
