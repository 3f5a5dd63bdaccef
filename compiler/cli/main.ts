#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { runAndExit } from './run.ts';
import { verbs } from './verbs.ts';

const program = new Command('sandglass')
  .description('Compile a trained autoencoder into one small .wasm that scores sensor data, with the same bits on every host.')
  .version(version, '-v, --version')
  .showHelpAfterError('(add --help to see what there is)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  sandglass demo                                          all of it at once, on recorded vibration data
  sandglass inspect model.h5                              what is in a model, and whether it compiles
  sandglass compile model.h5 --data normal.csv -o pump.wasm
  sandglass score pump.wasm today.csv > scores.csv
  sandglass verify pump.wasm                              the same bits on this machine?

Exit codes: 0 done, 1 something is wrong with a file, 2 something is wrong with the command.`,
  );

for (const add of verbs) add(program);

await runAndExit(async () => {
  await program.parseAsync();
});
