import { CommanderError } from 'commander';
import { note, noteColours } from './output.ts';

const exitUserError = 1;
const exitUsage = 2;

/** Runs the program and turns every failure into a message and an exit code: 1 for a mistake in the input, 2 for one in the words. */
export async function runAndExit(program: () => Promise<void>): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await program();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
  if (isExplained(error)) {
    note(`${noteColours.red('error:')} ${error.where}: ${error.what}`);
    note(`  ${error.hint}`);
    return exitUserError;
  }
  if (error instanceof RangeError && !error.message.startsWith('internal:')) {
    note(`${noteColours.red('error:')} ${error.message}`);
    return exitUserError;
  }
  note(`${noteColours.red('internal error:')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  note('  This is a fault of sandglass. Please report it with the command and the model.');
  return exitUserError;
}

/** InputError of the compiler and ArtifactError of the runtime say the same three things. */
const isExplained = (error: unknown): error is { where: string; what: string; hint: string } =>
  error instanceof Error && 'where' in error && 'what' in error && 'hint' in error;
