import { z } from 'zod';
import { scoreFunctions } from '../../runtime-js/artifact/manifest.ts';
import { featureKinds } from '../signal/features.ts';

/** What a sandglass.json may hold. Descriptions go into the JSON schema that editors read (docs/sandglass.schema.json). */
const channel = z
  .union([
    z.string().min(1),
    z.strictObject({
      name: z.string().min(1).describe('Name of the column in the data.'),
      unit: z.string().optional().describe('Unit of the values, as people write it: mm/s, °C.'),
    }),
  ])
  .describe('A column of the data: its name, or name and unit.');

const per = z
  .enum(['each', 'all'])
  .default('each')
  .describe('Scale each channel (or feature) by itself, or all values together.');

const scaling = z
  .union([
    z.string().min(1).describe('minmax, zscore or robust (each channel by itself), or a JSON file with a fitted scaler.'),
    z.strictObject({
      method: z.enum(['minmax', 'zscore', 'robust']),
      per,
      range: z.tuple([z.number(), z.number()]).optional().describe('What minmax maps the least and greatest value to; 0 and 1.'),
    }),
    z.strictObject({
      center: z.array(z.number()).min(1).describe('Subtracted from each value; one, or one per channel or feature.'),
      scale: z.array(z.number()).min(1).describe('What is left is divided by it.'),
    }),
  ])
  .describe('How values are brought to the scale that the model was trained in.');

const samples = z.int().min(1);

const channelsOf = {
  channels: z.array(z.string().min(1)).min(1).optional().describe('Of these channels; all by default.'),
};
const spectrumOf = {
  size: samples.optional().describe('Length of the transform, a power of 2; zeros follow the window.'),
  taper: z.enum(['hann', 'none']).optional().describe('Window function; none by default.'),
  ...channelsOf,
};
const hertz = z.number().min(0);

/** docs/features.md has the formulas. */
const feature = z
  .union([
    z.enum(featureKinds.filter((kind) => kind !== 'band-energy' && kind !== 'log-mel')),
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.enum(['mean', 'rms', 'sum-abs', 'mean-abs', 'min', 'max', 'peak-to-peak', 'crest-factor', 'zero-crossings']),
        ...channelsOf,
      }),
      z.strictObject({
        kind: z.literal('std'),
        ddof: z
          .union([z.literal(0), z.literal(1)])
          .optional()
          .describe('Divided by n - ddof; 0 by default.'),
        ...channelsOf,
      }),
      z.strictObject({
        kind: z.enum(['skewness', 'kurtosis']),
        bias: z.boolean().optional().describe('false: corrected for a sample, as scipy.stats does; true by default.'),
        ...channelsOf,
      }),
      z.strictObject({ kind: z.literal('spectrum'), log: z.boolean().optional(), ...spectrumOf }),
      z.strictObject({
        kind: z.literal('band-energy'),
        bands: z
          .array(z.tuple([hertz, hertz]))
          .min(1)
          .describe('Hz: from the first to before the second.'),
        ...spectrumOf,
      }),
      z.strictObject({ kind: z.literal('spectral-centroid'), ...spectrumOf }),
      z.strictObject({
        kind: z.literal('log-mel'),
        size: samples.describe('Samples of a frame, a power of 2.'),
        hop: samples.describe('Samples from frame to frame.'),
        mels: samples,
        fmin: hertz.optional(),
        fmax: hertz.optional(),
        power: z
          .union([z.literal(1), z.literal(2)])
          .optional()
          .describe('Of the magnitudes; 2 by default.'),
        scale: z.enum(['slaney', 'htk']).optional(),
        norm: z.enum(['slaney', 'none']).optional(),
        epsilon: z.number().positive().optional(),
        ...channelsOf,
      }),
    ]),
  ])
  .describe('What the model reads of each window: the name of a feature, or with parameters.');

const faults = z
  .strictObject({
    missing: z
      .enum(['hold', 'interpolate', 'invalid', 'reset'])
      .default('invalid')
      .describe('What becomes of a missing value: hold the one before, interpolate to the next, no score, or an empty window.'),
    bridge: z.int().min(0).default(3).describe('Samples in a row that hold and interpolate bridge.'),
    stuck: samples.nullable().default(null).describe('A channel that gives the same value more often in a row hangs.'),
    late: z.enum(['drop', 'reset']).default('drop').describe('What becomes of a sample that is not later than the one before.'),
    rateTolerance: z.number().positive().default(0.1).describe('How far the interval may be from 1 / rateHz, as a share.'),
  })
  .describe('What becomes of samples that are not as they should be; without it they are refused.');

export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    channels: z.array(channel).min(1).optional().describe('Columns of the data that the model reads, in the order of training.'),
    time: z.string().min(1).optional().describe('Column of time stamps: ISO 8601, or seconds.'),
    rateHz: z.number().positive().optional().describe('Samples per second.'),
    window: samples.optional().describe('Samples per window. Without features the model says it.'),
    hop: samples.optional().describe('Samples from the start of one window to the next; as many as a window has, by default.'),
    features: z
      .array(feature)
      .min(1)
      .optional()
      .describe('In the order of training; each channel by channel. None: the samples.'),
    scaling: scaling.optional(),
    faults: faults.optional(),
    score: z
      .enum(scoreFunctions)
      .optional()
      .describe('How far a window is from what is normal (docs/scores.md); mse by default.'),
    threshold: z
      .union([z.string().min(1), z.number()])
      .optional()
      .describe('quantile:0.995, sigma:3, pot:1e-4, conformal:0.01, best-f1 (of labelled recordings), or a number.'),
    labelled: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .optional()
      .describe('Recordings with labels, for best-f1: files beside this one.'),
    label: z.string().min(1).optional().describe('Their column that is 1 (or more) where a row is abnormal, else 0.'),
    alarm: z
      .strictObject({
        raise: samples.default(1).describe('Scores in a row above the threshold before an alarm goes on.'),
        clear: samples.default(1).describe('Scores in a row below clearBelow times the threshold before it goes off.'),
        clearBelow: z.number().positive().max(1).default(1).describe('Share of the threshold.'),
      })
      .optional(),
    stream: z.unknown().optional().describe('What `sandglass stream` does with the artifact (docs/stream.md).'),
  })
  .describe('How raw samples become what the model reads, and when a score is an alarm.');

export type ConfigFile = z.infer<typeof configSchema>;

/** The JSON schema for editors; `stream`: of the key of that name. */
export const jsonSchema = (stream: z.ZodType): unknown => ({
  title: 'sandglass.json',
  ...z.toJSONSchema(configSchema.extend({ stream: stream.optional() }), { io: 'input' }),
});
