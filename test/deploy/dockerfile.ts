import { read } from './files.js';
import { tool } from './tools.js';

const DOCKERFILE = 'deploy/Dockerfile';

/** The parts of an instruction that the tests read; the last ones only some instructions have. */
interface Instruction {
  getKeyword(): string;
  getArgumentsContent(): string;
  getArguments(): readonly { getValue(): string }[];
  getFlags(): readonly { getName(): string; getValue(): string }[];
  getImage(): string;
  getBuildStage(): string | null;
  getProperties(): readonly { getName(): string; getValue(): string }[];
}

/** A stage of the Dockerfile: its `FROM`, and what follows. */
export interface Stage {
  readonly image: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** A `COPY`. */
export interface Copy {
  /** The stage that is copied from; `undefined`: the context of the build. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

const { DockerfileParser } = tool<{
  DockerfileParser: { parse(text: string): { getInstructions(): readonly Instruction[] } };
}>('dockerfile-ast');
const { validate } = tool<{ validate(text: string): readonly { message: string }[] }>('dockerfile-utils');

/** What the linter objects to. */
export function lint(): readonly string[] {
  return validate(read(DOCKERFILE)).map(({ message }) => message);
}

export function readStages(): readonly Stage[] {
  const stages: { image: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const instruction of DockerfileParser.parse(read(DOCKERFILE)).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      stages.push({ image: instruction.getImage(), name: instruction.getBuildStage(), instructions: [] });
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  return stages;
}

export function copiesOf({ instructions }: Stage): readonly Copy[] {
  return instructions
    .filter((instruction) => instruction.getKeyword() === 'COPY')
    .map((instruction) => {
      const paths = instruction.getArguments().map((argument) => argument.getValue());
      const from = instruction.getFlags().find((flag) => flag.getName() === 'from');
      return { from: from?.getValue(), sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
    });
}

/** Variables that a stage sets. */
export function environmentOf({ instructions }: Stage): Readonly<Record<string, string>> {
  const properties = instructions
    .filter((instruction) => instruction.getKeyword() === 'ENV')
    .flatMap((instruction) => instruction.getProperties());
  return Object.fromEntries(properties.map((property) => [property.getName(), property.getValue()]));
}

/** The arguments of the only instruction with a keyword. */
export function argumentsOf({ instructions }: Stage, keyword: string): string {
  const [found, ...others] = instructions.filter((instruction) => instruction.getKeyword() === keyword);
  if (found === undefined || others.length > 0) throw new Error(`expected one ${keyword}`);
  return found.getArgumentsContent();
}

/**
 * The command of an `ENTRYPOINT` or a `HEALTHCHECK`.
 *
 * @throws {SyntaxError} when it is not in exec form, so that a shell would run it
 */
export function commandOf(stage: Stage, keyword: string): readonly [program: string, ...args: string[]] {
  return JSON.parse(argumentsOf(stage, keyword).replace(/^.*?\bCMD\s+/s, ''));
}
