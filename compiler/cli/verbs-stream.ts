import type { Command } from 'commander';
import { Option } from 'commander';

/** The verbs that run for long: their words here, their work in the file of their name. */
type AddVerb = (program: Command) => void;

const addStream: AddVerb = (program) =>
  program
    .command('stream')
    .description('score sensors for years: samples in by MQTT, files or standard input, scores and alarms out, nothing lost')
    .argument('[artifacts...]', 'artifact.wasm, one or several; or those of the config')
    .option('-c, --config <sandglass.json>', 'its key "stream" says all there is to say (docs/stream.md); flags override it')
    .option('-b, --broker <url>', 'mqtt://host, mqtts://, ws://, wss://, or embedded: a broker in this process (the default)')
    .option('-t, --topic <pattern>', 'where samples come from: site/+/pump/{sensor}/vibration (default: sensors/{sensor})')
    .addOption(
      new Option('-f, --format <name>', 'of the messages (default: json-object)').choices([
        'json-object',
        'json-array',
        'f32',
        'int16',
        'influx',
        'csv-line',
      ]),
    )
    .option('--csv <file>', 'samples from a CSV file with a header ...')
    .option('--follow', '... and what is added to it, as tail -F')
    .addOption(
      new Option('--stdin <format>', 'samples from standard input: rows of CSV, or a message per line').choices([
        'csv',
        'json-object',
        'json-array',
        'influx',
        'csv-line',
      ]),
    )
    .option('--time <name>', 'where the time of the measurement stands: a path, or a column')
    .option('--node <name>', "name of this gateway (default: the machine's)")
    .option('--state <folder>', 'what survives kill -9 and power cuts (default: sandglass-state)')
    .option('--http <host:port>', '/metrics and /health (default: 127.0.0.1:9464); off: none')
    .addOption(new Option('--log-level <level>', 'of what is said on standard error').choices(['debug', 'info', 'warn', 'error']))
    .option('--log-json', 'a JSON object per line of the log')
    .addHelpText(
      'after',
      `
Passwords and certificates stand in the config, as files or environment variables: never on the command line.
SIGHUP takes over a changed config or artifact without a connection or a sample lost; SIGTERM stops in order.

Examples:
  sandglass stream pump.wasm                                        a first try: needs nothing else, says how to go on
  sandglass stream pump.wasm --broker mqtt://plant --topic 'site/+/pump/{sensor}/vibration'
  sandglass stream --config sandglass.json                          TLS, Sparkplug B, Home Assistant, several artifacts ...
  sandglass stream pump.wasm --csv log.csv --follow --broker mqtt://plant
  collect | sandglass stream pump.wasm --stdin csv --broker mqtt://plant`,
    )
    .action(async (paths: string[], options) => (await import('./stream.ts')).run(paths, options));

export const streamVerbs: readonly AddVerb[] = [addStream];
