import { InvalidArgumentError, Option } from 'commander';
import { scoreFunctions } from '../../runtime-js/artifact/manifest.ts';

// What several verbs ask for in the same words, and how those are read.

export function whole(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(text);
}

/** A number from 0 up to `most`. */
const upTo =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0 && value <= most)) throw new InvalidArgumentError(`Expected a number up to ${most}.`);
    return value;
  };

export const list = (text: string): readonly string[] => text.split(',').map((name) => name.trim());

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Infinity)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

/** How many times as fast: 100x, 0.5, max. */
export function speed(text: string): number {
  if (text === 'max') return Infinity;
  const value = Number(text.replace(/x$/, ''));
  if (!/^[\d.]+x?$/.test(text) || !(value > 0)) throw new InvalidArgumentError('Expected a speed like 100x, or max.');
  return value;
}

export const hop = (): Option => new Option('--hop <n>', 'samples from the start of one window to the next').argParser(whole);

/** A share, also written as 0.5%. */
function share(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1)) throw new InvalidArgumentError('Expected a share like 0.5% or 0.005.');
  return value;
}

/** A share that a tail can tell of. */
export function risk(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 0.02))
    throw new InvalidArgumentError('Expected a share above 0 and up to 0.02.');
  return value;
}

/** How precisely the artifact computes. */
export const precision = (): readonly Option[] => [
  new Option('--max-error <share>', 'add precision until the score is this near to the float score: 0.5%').argParser(share),
  new Option(
    '--activations <name>',
    'precision between layers; auto takes int16, and int8 for images if that costs at most 0.1 % of the score',
  )
    .choices(['auto', 'int8', 'int16'])
    .default('auto'),
  new Option('--weights <name>', 'precision of the weights; auto takes int16, at twice the time, in the layers where that pays')
    .choices(['auto', 'int8', 'int16'])
    .default('auto'),
  new Option('--requantize <mode>', 'rounding of a model that is int8 already: as XNNPACK, TFLite Micro or ruy')
    .choices(['float', 'tflite', 'single'])
    .default('float'),
  new Option('--effort <name>', 'fast looks for precision for seconds, best for up to minutes')
    .choices(['fast', 'best'])
    .default('fast'),
  new Option('--observer <name>', 'how the ranges of int8 activations are found; auto takes for each what costs the score least')
    .choices(['auto', 'minmax', 'percentile', 'mse', 'entropy'])
    .default('auto'),
  new Option('--percentile <p>', 'what the percentile observer keeps').argParser(upTo(100)).default(99.99),
];

/** How raw samples become what the model reads; a config says the same, and flags say it last. */
export const pipeline = (): readonly Option[] => [
  new Option('--config <sandglass.json>', 'channels, window, features, scaling and more in a file; flags override it'),
  new Option('--channels <names>', 'columns of the data that the model reads: vib_x,vib_y,temp').argParser(list),
  new Option('--time <column>', 'the column of time stamps'),
  new Option('--rate <hz>', 'samples per second').argParser(positive),
  new Option('--window <n>', 'samples per window (default: what the model takes)').argParser(whole),
  hop(),
  new Option('--features <names>', 'what the model reads of each window: rms,kurtosis,crest-factor (docs/features.md)').argParser(
    list,
  ),
  new Option('--scaling <how>', 'minmax, zscore, robust (each channel; minmax:all for all together), or a scaler.json'),
];

/** What a score is, and when it is an alarm. */
export const scoring = (): readonly Option[] => [
  new Option(
    '--score <name>',
    'mean squared (mse, the default), mean absolute or largest error; weighted or mahalanobis: squared, by what is usual; latent: of the code; kl: of a variational model; ssim: of images (docs/scores.md)',
  ).choices(scoreFunctions),
  new Option('--space <name>', "compare with the raw input or with the model's own scaling of it")
    .choices(['auto', 'raw', 'normalised'])
    .default('auto'),
  new Option(
    '--threshold <method>',
    "from the artifact's own scores: quantile:0.995 (default), sigma:3, pot:1e-4, conformal:0.01, best-f1, or a number",
  ),
  new Option('--labelled <files...>', 'recordings with labels, for --threshold best-f1: .csv with a header'),
  new Option('--label <column>', 'their column that is 1 (or more) where a row is abnormal, else 0'),
  new Option('--alarm-after <n>', 'scores in a row above the threshold before an alarm').argParser(whole),
  new Option('--clear-after <n>', 'scores in a row below it before the alarm goes off').argParser(whole),
  new Option('--clear-below <share>', 'of the threshold, below which a score lets an alarm go off').argParser(upTo(1)),
];

const lineFormats = ['json-object', 'json-array', 'influx', 'csv-line'];

/** Where samples of a plant come from; a config says the same, and more. */
export const inputs = (): readonly Option[] => [
  new Option('-c, --config <sandglass.json>', 'its key "stream" says all there is to say (docs/stream.md); flags override it'),
  new Option('-b, --broker <url>', 'mqtt://host, mqtts://, ws://, wss://, or embedded: a broker in this process (the default)'),
  new Option('-t, --topic <pattern>', 'where samples come from: site/+/pump/{sensor}/vibration (default: sensors/{sensor})'),
  new Option('-f, --format <name>', 'of the messages (default: json-object)').choices([...lineFormats, 'f32', 'int16']),
  new Option('--csv <file>', 'samples from a CSV file with a header ...'),
  new Option('--follow', '... and what is added to it, as tail -F'),
  new Option('--stdin <format>', 'samples from standard input: rows of CSV, or a message per line').choices([
    'csv',
    ...lineFormats,
  ]),
  new Option('--time <name>', 'where the time of the measurement stands: a path, or a column'),
];

/** How to log in at a broker, for verbs without a config. */
export const login = (): readonly Option[] => [
  new Option('--user <name>', 'user name at the broker'),
  new Option('--password-file <file>', 'file with the password; a command line is for everybody to read'),
  new Option('--insecure-password', 'send the password to another machine without TLS'),
  new Option('--ca <file.pem>', 'certificates of the authorities to trust, instead of the usual ones'),
  new Option('--cert <file.pem>', 'certificate of this client ...'),
  new Option('--key <file.pem>', '... and its key'),
];
