import type { Command } from 'commander';
import { Option } from 'commander';
import { inputs, list, login, positive, speed, whole } from './words.ts';

/** The verbs that run for long: their words here, their work in the file of their name. */
type AddVerb = (program: Command) => void;

const addStream: AddVerb = (program) => {
  const command = program
    .command('stream')
    .description('score sensors for years: samples in by MQTT, files or standard input, scores and alarms out, nothing lost')
    .argument('[artifacts...]', 'artifact.wasm, one or several; or those of the config');
  for (const option of inputs()) command.addOption(option);
  command
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
};

const addReplay: AddVerb = (program) => {
  const command = program
    .command('replay')
    .description('publish a recording as if its sensors were measuring now, with the times that were recorded')
    .argument('<data>', 'a CSV file with a header; also .gz')
    .requiredOption(
      '--to <url>',
      'the broker and behind it the topic, in which {sensor} and names of columns stand for what a row says: mqtt://plant/site/{sensor}',
    )
    .option('--topic <topic>', 'the topic, where --to is a WebSocket (default: sensors/{sensor})')
    .addOption(
      new Option('--rate <n>', 'times as fast as recorded: 100x; max: as fast as the broker takes it')
        .argParser(speed)
        .default(1, '1x'),
    )
    .option('--time <column>', 'the column of time stamps (default: time, timestamp, datetime, date or ts, if there is one)')
    .addOption(new Option('--hz <n>', 'samples per second of each sensor, where the recording has no time').argParser(positive))
    .option('--sensor <column>', 'the column with the name of the sensor (default: the file is one sensor, of its name)')
    .addOption(new Option('--columns <names>', 'what is published: vib_x,vib_y (default: all other columns)').argParser(list))
    .addOption(
      new Option('-f, --format <name>', 'of the messages')
        .choices(['json-object', 'json-array', 'csv-line', 'influx', 'f32'])
        .default('json-object'),
    )
    .addOption(new Option('--loop [n]', 'play it so often, or until Ctrl-C; times go on').argParser(whole))
    .addOption(new Option('--qos <n>', 'quality of service').choices(['0', '1']).default('1'));
  for (const option of login()) command.addOption(option);
  command
    .addHelpText(
      'after',
      `
Examples:
  sandglass replay pump.csv --to mqtt://localhost                            to sensors/pump, at the speed of the recording
  sandglass replay plant.csv --to 'mqtt://plant/site/{machine}/vibration' --sensor machine --rate 100x
  sandglass replay vibration.csv --to mqtt://localhost --hz 1000 --format f32 --loop
  sandglass replay week.csv.gz --to mqtt://localhost --rate max --qos 0`,
    )
    .action(async (data: string, options) => (await import('./replay.ts')).run(data, options));
};

const addWatch: AddVerb = (program) => {
  const command = program
    .command('watch')
    .description('show the sensors of all gateways live, the worst first: in this terminal, or as a page')
    .option('--broker <url>', 'mqtt://host:1883, mqtts:// (TLS), ws:// or wss://', 'mqtt://127.0.0.1:1883')
    .option('--prefix <topic>', 'first levels of the topics that the gateways publish to', 'sandglass');
  for (const option of login()) command.addOption(option);
  command
    .option('--filter <text>', "only sensors with this in their, their gateway's or their artifact's name", '')
    .option('--web [host:port]', 'serve a page instead (default: 127.0.0.1:8020)')
    .option('--json', 'print each change as a JSON line instead: alarms, silent sensors, gateways that go and come')
    .addHelpText(
      'after',
      `
Without a terminal (| tee log) each change is a line of text. q leaves.

Examples:
  sandglass watch                                                          a broker on this machine
  sandglass watch --broker mqtts://plant.example --user eye --password-file /run/secrets/eye
  sandglass watch --web                                                    the page, for browsers on this machine
  sandglass watch --json | grep alarm-on`,
    )
    .action(async (options) => (await import('./watch.ts')).run(options));
};

export const streamVerbs: readonly AddVerb[] = [addStream, addReplay, addWatch];
