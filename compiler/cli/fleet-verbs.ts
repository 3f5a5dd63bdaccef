import type { Command } from 'commander';
import { Option } from 'commander';
import { natsWords } from './nats-words.ts';
import { inputs, positive, whole } from './words.ts';

// The verbs of a fleet that is more than one machine: their words.

export function addWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('score samples from NATS JetStream, together with other workers: for more sensors than one machine holds')
    .argument('[artifacts...]', 'pump.wasm, or name=path.wasm: the name by which samples call it')
    .option('--setup', 'make the streams, or check those that are there, and end')
    .addOption(new Option('--replicas <n>', 'with --setup: nodes that keep each message').argParser(whole).default(3))
    .addOption(
      new Option('--partitions <n>', 'with --setup: parts of the fleet; more than there will ever be workers')
        .argParser(whole)
        .default(16),
    )
    .addOption(
      new Option('--samples-bytes <n>', 'with --setup: samples that may wait; beyond it ingest waits')
        .argParser(whole)
        .default(2 ** 30),
    )
    .addOption(
      new Option('--scores-bytes <n>', 'with --setup: scores that are kept; beyond it the oldest go')
        .argParser(whole)
        .default(2 ** 30),
    )
    .addOption(new Option('--scores-age <seconds>', 'with --setup: how long scores are kept').argParser(whole).default(86_400))
    .option('--node <name>', 'the name in the scores', 'sandglass')
    .option('--id <name>', 'name among the workers (default: host and process)')
    .addOption(
      new Option('--lease <seconds>', 'without a sign of life for so long, others take over').argParser(positive).default(8),
    )
    .addOption(
      new Option('--checkpoint <seconds>', 'how often windows are written down; what is scored again after a crash')
        .argParser(positive)
        .default(30),
    )
    .addOption(
      new Option('--every <n>', 'publish each n-th score of a sensor, and each change of its alarm').argParser(whole).default(1),
    )
    .addOption(new Option('--why <n>', 'channels that a score above the threshold names at most').argParser(whole).default(3))
    .addHelpText(
      'after',
      `
Examples:
  sandglass worker --setup --servers nats://a:4222,nats://b:4222,nats://c:4222 --partitions 64
  sandglass worker pump.wasm fan.wasm --servers nats://a:4222,nats://b:4222,nats://c:4222
  sandglass worker pump.wasm --servers tls://a:4222 --credentials worker.creds --tls-ca ca.pem
Scores are in the stream sandglass-scores as JSON (docs/worker.md).`,
    )
    .action(async (artifacts: string[], options) => (await import('./worker.ts')).run(artifacts, options));
  for (const option of natsWords()) command.addOption(option);
}

export function addIngest(program: Command): void {
  const command = program
    .command('ingest')
    .description('hand samples from MQTT, files or standard input to workers, through NATS JetStream')
    .argument('[artifacts...]', 'those that the workers score with: they tell the channels; or those of the config');
  for (const option of inputs()) command.addOption(option);
  command
    .option('--name <text>', 'name of this ingest', 'ingest')
    .addOption(
      new Option('--linger <ms>', 'how long a sample waits for others to share its message').argParser(positive).default(20),
    )
    .addHelpText(
      'after',
      `
Examples:
  sandglass ingest pump.wasm --broker mqtt://plant --topic 'site/+/pump/{sensor}' --servers nats://a:4222
  sandglass ingest --config sandglass.json --servers tls://a:4222 --credentials ingest.creds --tls-ca ca.pem
What comes in is said as for stream: the keys artifacts, broker and in of the config.`,
    )
    .action(async (artifacts: string[], options) => (await import('./ingest.ts')).run(artifacts, options));
  for (const option of natsWords()) command.addOption(option);
}
