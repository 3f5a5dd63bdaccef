import { z } from 'zod';
import { formats } from '../sources/payload/index.ts';
import { timeUnits } from '../sources/time.ts';

// The key `stream` of a sandglass.json. Descriptions go into the JSON schema that editors read (docs/sandglass.schema.json); what is
// left out has the defaults that lie beside the options in the code.

const whole = z.int().min(1);
const seconds = z.number().positive();
const text = z.string().min(1);

const secret = z
  .union([
    z.strictObject({ file: text.describe('A file that holds it; relative to this one.') }),
    z.strictObject({ env: text.describe('An environment variable that holds it.') }),
  ])
  .describe('Where a secret is. Never the secret itself.');

/** How a broker is reached. */
const broker = z
  .union([
    text.describe('mqtt://host:1883, mqtts://, ws://, wss://; or "embedded", a broker in this process, on loopback.'),
    z.strictObject({
      url: text.describe('mqtt://host:1883, mqtts:// (TLS), ws://host/path, wss://. Without user and password.'),
      version: z.enum(['auto', '5', '3.1.1']).optional().describe('Of MQTT; auto is 5, and 3.1.1 where the broker refuses 5.'),
      clientId: text
        .optional()
        .describe('Names of the connections begin with it; "sandglass-" and the name of the node by default.'),
      user: text.optional(),
      password: secret.optional(),
      insecurePassword: z.boolean().optional().describe('true: the password may go unencrypted to another machine.'),
      tls: z
        .strictObject({
          ca: text.optional().describe('PEM file of the authorities that are trusted, instead of the public ones.'),
          cert: text.optional().describe("PEM file of the client's certificate."),
          key: text.optional().describe("PEM file of the client's key."),
          passphrase: secret.optional(),
          serverName: text.optional().describe("Name in the broker's certificate, where it is not the host."),
          trustAnyServer: z.boolean().optional().describe('true: the certificate is not verified. For a test bench.'),
        })
        .optional(),
      keepAliveSeconds: whole.optional(),
      connectTimeoutSeconds: seconds.optional(),
      backoff: z
        .strictObject({ firstSeconds: seconds.optional(), maxSeconds: seconds.optional(), stableSeconds: seconds.optional() })
        .optional()
        .describe('Waits between attempts to connect: random, up to first, doubled each time up to max.'),
      window: whole.optional().describe('QoS 1 messages on their way to the broker at most; 2048 by default.'),
    }),
  ])
  .describe('Where messages come from and go to.');

const perChannel = z.record(text, text);

/** How a message, a line or a row becomes samples. */
const mapping = {
  artifact: text.optional().describe('Name of the artifact that scores the samples; not needed where there is one.'),
  sensor: text
    .optional()
    .describe('Name of the sensor: "{site}/{pump}" of named levels of the topic; the level {sensor} by default.'),
  sensorField: text.optional().describe('Where the payload has the name of the sensor: a path, a tag, a column.'),
  channels: z
    .union([perChannel, z.array(text).min(1)])
    .optional()
    .describe('Where each channel stands in the payload: a path, a field, a metric, a column. Their own names by default.'),
  time: text.optional().describe('Where the time of the measurement stands.'),
  timeUnit: z.enum(timeUnits).optional().describe('Of numbers; by their size by default.'),
  arrival: z.boolean().optional().describe('Whether samples without a time get that of their arrival.'),
  rateHz: z
    .number()
    .positive()
    .optional()
    .describe("Samples per second of messages that hold several; the artifact's by default."),
  units: perChannel.optional().describe("In which unit a channel comes: it has to be the artifact's."),
  unitFields: perChannel.optional().describe('Where the payload says the unit of a channel.'),
  combine: z.boolean().optional().describe('A sample comes in several messages, each with some of the channels.'),
  textNumbers: z.boolean().optional().describe('Whether "21.5" counts as a number.'),
} as const;

const format = {
  format: z
    .enum(Object.keys(formats) as [keyof typeof formats, ...(keyof typeof formats)[]])
    .optional()
    .describe('Of the payload; json-object by default.'),
  columns: whole.optional().describe('Formats without names: values per sample, where not all are read.'),
  header: z
    .enum(['none', 'f64', 'ms', 'us', 'ns'])
    .optional()
    .describe('Raw frames: the time of the first sample, in 8 bytes in front.'),
  scale: z
    .union([z.number(), z.array(z.number())])
    .optional()
    .describe('int16: value = number * scale + offset.'),
  offset: z.union([z.number(), z.array(z.number())]).optional(),
  measurement: text.optional().describe('Line protocol: the measurement that is read.'),
} as const;

const topics = z
  .strictObject({
    topic: text.describe('MQTT topic with wildcards and named levels: site/+/pump/{sensor}/vibration'),
    value: text.optional().describe('With {channel} in the topic: where the value stands in an object.'),
    ...mapping,
    ...format,
  })
  .describe('Samples from topics of the broker.');

const sparkplugIn = z
  .strictObject({
    sparkplug: text.describe('Group, edge node and device with wildcards and named levels: plant/+/{sensor}'),
    artifact: mapping.artifact,
    sensor: mapping.sensor,
    channels: mapping.channels,
    units: mapping.units,
  })
  .describe('Samples from edge nodes of Sparkplug B at the broker; channels are metrics.');

const csv = z
  .strictObject({
    csv: text.describe('A CSV file with a header, relative to this one.'),
    follow: z.boolean().optional().describe('Whether rows that are added are read too, through rotation, as tail -F does.'),
    artifact: mapping.artifact,
    sensor: text.optional().describe("Name of the sensor; the file's by default."),
    sensorColumn: text.optional().describe('Column with the name of the sensor instead.'),
    channels: perChannel.optional().describe('Column of each channel; their own names by default.'),
    time: text.optional().describe('Column of the time; that of the artifact by default.'),
    timeUnit: mapping.timeUnit,
    units: mapping.units,
  })
  .describe('Samples from a file.');

const stdin = z
  .strictObject({
    stdin: z
      .enum(['csv', 'json-object', 'json-array', 'influx', 'csv-line'])
      .describe('Format of the lines; csv: rows below a header.'),
    ...mapping,
    columns: format.columns,
    measurement: format.measurement,
  })
  .describe('Samples from standard input.');

const out = z
  .strictObject({
    json: z
      .union([
        z.literal(false),
        z.strictObject({
          broker: broker.optional().describe('Another one than that of the samples.'),
          prefix: text.optional().describe('First levels of all topics; sandglass by default.'),
          template: text.optional().describe('Of topics; {prefix}/{node}/{device}/{kind} by default.'),
        }),
      ])
      .optional()
      .describe('Scores as JSON, docs/score.schema.json; false: none.'),
    homeAssistant: z
      .strictObject({ prefix: text.optional().describe('Of discovery topics; homeassistant by default.') })
      .optional()
      .describe('Sensors appear in Home Assistant by themselves.'),
    sparkplug: z
      .strictObject({
        broker: broker.optional().describe('Another one than that of the samples.'),
        group: text.describe('Group ID: the plant, the line.'),
        node: text.optional().describe('Edge Node ID; the name of the node by default.'),
        primaryHost: text.optional().describe('Host application without which nothing is sent.'),
        aliases: z.boolean().optional().describe('Whether data have numbers in place of names; true by default.'),
        contributors: z.int().min(0).max(20).optional().describe('Channels that Contributors/<n> name.'),
        rebirthSeconds: seconds.optional().describe('Between two births that hosts ask for.'),
      })
      .optional()
      .describe('Scores as Sparkplug B 3.0: the gateway is an edge node, each sensor a device.'),
  })
  .describe('Where scores go.');

export const streamSchema = z
  .strictObject({
    node: text.optional().describe("Name of the gateway; the machine's by default."),
    artifacts: z
      .record(text, text)
      .optional()
      .describe('Name -> file.wasm, relative to this file. The command line names others.'),
    broker: broker.optional(),
    in: z
      .array(z.union([topics, sparkplugIn, csv, stdin]))
      .min(1)
      .optional()
      .describe('Where samples come from. Without it: sensors/{sensor}, JSON objects.'),
    out: out.optional(),
    publish: z
      .strictObject({
        every: whole.optional().describe('Each n-th score of a sensor at least; 1 by default.'),
        change: z
          .number()
          .positive()
          .optional()
          .describe('Before that, a score that differs from the last one by more than this share of the threshold.'),
      })
      .optional()
      .describe('Which scores are published. A change of the alarm always is.'),
    why: z.int().min(0).max(20).optional().describe('Channels that a message names at most; 3 by default.'),
    state: text.optional().describe('Folder for what survives the process; sandglass-state beside this file by default.'),
    keep: z
      .enum(['samples', 'scores'])
      .optional()
      .describe('What survives kill -9: the samples in the windows too (default), or only the scores, for disks that wear out.'),
    sync: z
      .union([z.literal('always'), seconds])
      .optional()
      .describe(
        'Seconds between syncs of the disk, 1 by default: what a power cut may cost; always: before each acknowledgement.',
      ),
    spool: z
      .strictObject({
        maxBytes: whole.optional().describe('Of scores that wait for a broker; 256 MiB by default. The oldest are dropped.'),
        maxAgeSeconds: seconds.optional().describe('A week by default.'),
      })
      .optional(),
    limits: z
      .strictObject({
        sensors: whole.optional().describe('Sensors at most; 10,000 by default.'),
        payloadBytes: whole.optional().describe('Bytes of one message; 1 MiB by default.'),
        topics: whole.optional().describe('Topics that are remembered; 50,000 by default.'),
        forgetSeconds: seconds
          .optional()
          .describe('Seconds without a sample after which a sensor is given up; 30 days by default.'),
      })
      .optional(),
    order: z
      .strictObject({
        reorderMs: z.number().min(0).optional().describe('How long a sample waits for earlier ones; 0 by default.'),
        combineTimeoutMs: z.number().positive().optional().describe('How long a sample waits for its other channels.'),
      })
      .optional(),
    http: z
      .union([z.literal(false), text])
      .optional()
      .describe('host:port of /metrics and /health; 127.0.0.1:9464 by default, false: none.'),
    log: z
      .strictObject({
        level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
        json: z.boolean().optional(),
      })
      .optional(),
  })
  .describe('What `sandglass stream` does with the artifact (docs/stream.md).');

export type StreamFile = z.infer<typeof streamSchema>;
export type BrokerFile = z.infer<typeof broker>;
export type InputFile = NonNullable<StreamFile['in']>[number];
export type TopicsFile = z.infer<typeof topics>;
