import { readdirSync, readFileSync } from 'node:fs';

/**
 * A fenced block of a document. Its name follows its language, where only the source shows it:
 * ```` ```ts src/apollo.ts ````. A file is named by its path, a command by what it does.
 */
export interface Block {
  /** Path of the document, from the root of the repository. */
  readonly document: string;
  readonly language: string;
  /** Empty when it has none. */
  readonly name: string;
  readonly text: string;
}

const ROOT = new URL('../../', import.meta.url);

/** The README and the documents directly in `docs`: those that show users commands and files. */
const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync(new URL('docs/', ROOT))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export const BLOCKS: readonly Block[] = DOCUMENTS.flatMap((document) =>
  [...readFileSync(new URL(document, ROOT), 'utf8').matchAll(/^```(\w*) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', name = '', text = '']) => ({ document, language, name, text }),
  ),
);

/**
 * The text of a block, as its document shows it.
 *
 * @throws {Error} when there is no such block, or more than one
 */
export function block(name: string): string {
  const [found, ...others] = BLOCKS.filter((block) => block.name === name);
  if (found === undefined || others.length > 0) {
    throw new Error(`expected one block of the documents with the name ${name}`);
  }
  return found.text;
}

/** Where a test has what the documents have on fixed ports. */
export interface Ports {
  /** 4000: the gateway. */
  readonly gateway?: number;
  /** 4001: another subgraph. */
  readonly devices?: number;
  /** 4002: the router. */
  readonly router?: number;
  /** 5173: a dev server. */
  readonly page?: number;
}

/**
 * The only change that tests make to a block: other ports, wherever it says `localhost:`, `127.0.0.1:` or `--port`.
 *
 * @throws {Error} when the block has a port that the test has not given
 */
export function withPorts(text: string, { gateway, devices, router, page }: Ports): string {
  const ports: Record<string, number | undefined> = {
    4000: gateway,
    4001: devices,
    4002: router,
    5173: page,
  };
  return text.replace(/(?<=\blocalhost:|\b127\.0\.0\.1:|--port )\d+/g, (port) => {
    const other = ports[port];
    if (other === undefined) throw new Error(`expected a port to stand in for ${port}`);
    return String(other);
  });
}

export function portOf(url: string): number {
  return Number(new URL(url).port);
}
