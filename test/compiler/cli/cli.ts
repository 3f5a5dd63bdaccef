import { spawnSync } from 'node:child_process';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI from its sources, as `npx sandglass` would. */
export function sandglass(...words: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['compiler/cli/main.ts', ...words], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { code: status, stdout, stderr };
}
