/**
 * A table as Markdown, aligned so that a terminal shows it well too.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column > 0)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column > 0 ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/**
 * @param {string} text
 * @param {number} width
 * @param {boolean} right
 */
function pad(text, width, right) {
  return right ? text.padStart(width) : text.padEnd(width);
}

/**
 * A number with as many digits after the point; a dash where there is none.
 *
 * @param {number | null} value
 * @param {number} digits
 */
export function fixed(value, digits = 0) {
  return value === null || Number.isNaN(value)
    ? '–'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
