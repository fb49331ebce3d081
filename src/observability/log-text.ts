/** Members of a log line that are written before the others. */
interface Line {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly [name: string]: unknown;
}

/** ANSI colour codes of the levels from `warn` on. */
const COLOURS: Readonly<Record<string, string>> = { warn: '33', error: '31', fatal: '31' };

/**
 * Turns a log line from JSON into text for a terminal: `22:04:31 info listening url=http://127.0.0.1:4000`.
 *
 * @param json - one line of the log, with its line break
 */
export function textOf(json: string): string {
  const { time, level, msg, ...facts } = JSON.parse(json) as Line;
  const pairs = Object.entries(facts).map(([name, value]) => ` ${name}=${valueText(value)}`);
  const colour = COLOURS[level];
  const label = colour === undefined ? level : `\u001b[${colour}m${level}\u001b[39m`;
  return `${time.slice(11, 19)} ${label} ${msg}${pairs.join('')}\n`;
}

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
