import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { TOOLS } from './tools.js';

/** A Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Packages with the classes of resources that are not part of Kubernetes itself, by API group. */
const CUSTOM_RESOURCES: Readonly<Record<string, string>> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

/** Module of the class and the interface that are generated from the schema of an object's kind. */
function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  const [group = ''] = apiVersion.split('/');
  return `${CUSTOM_RESOURCES[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/**
 * Validates an object against the schema of its kind: types, required members, enum values and formats.
 *
 * @throws {Error} that names the invalid members
 */
export async function validate(object: KubernetesObject): Promise<void> {
  const module = await import(new URL(`node_modules/${moduleOf(object)}.js`, TOOLS).href);
  new module[object.kind](object).validate();
}

/**
 * Names the members that the schemas do not have. The API server rejects them, and `validate` does not. So the objects
 * are compiled as literals of the interfaces of their kinds, which have to name every member.
 *
 * @param objects - by the name to report
 * @returns messages of the compiler
 */
export function unknownMembers(objects: Readonly<Record<string, KubernetesObject>>): readonly string[] {
  const file = fileURLToPath(new URL('objects.ts', TOOLS));
  const names = Object.keys(objects);
  // One object in each line, by which messages are assigned to objects.
  const text = Object.values(objects)
    .map((object) => {
      const type = `import('${moduleOf(object)}', { with: { 'resolution-mode': 'import' } }).I${object.kind}`;
      return `(${JSON.stringify(object)}) satisfies ${type};`;
    })
    .join('\n');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? text : readFile(path));
  host.getSourceFile = (path, target, ...rest) =>
    path === file ? ts.createSourceFile(path, text, target) : getSourceFile(path, target, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start, messageText }) => {
    const line = source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
    return `${names[line]}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
