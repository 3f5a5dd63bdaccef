import { dirname, isAbsolute, join } from 'node:path';
import { featureWords, readConfig, scalingWord } from '../config/read.ts';
import { readNamed } from '../files.ts';
import { defaults, type CompileOptions } from '../options.ts';

/** Flags that say what a config says too. */
export interface PipelineWords {
  readonly config?: string;
  readonly channels?: readonly string[];
  readonly features?: readonly string[];
  readonly scaling?: string;
  readonly rate?: number;
  readonly labelled?: readonly string[];
  readonly alarmAfter?: number;
  readonly clearAfter?: number;
  readonly clearBelow?: number;
}

type PipelineKey = 'channels' | 'features' | 'scaling' | 'rateHz' | 'labelled' | 'alarm';

/** What a config says, and over it what the flags say. Files that a config names lie beside it. */
export function pipelineOptions<W extends PipelineWords>({
  config,
  channels,
  features,
  scaling,
  rate,
  labelled,
  alarmAfter,
  clearAfter,
  clearBelow,
  ...rest
}: W): Partial<CompileOptions> & Omit<W, keyof PipelineWords> {
  const beside = (path: string) => readNamed(isAbsolute(path) ? path : join(dirname(config ?? '.'), path));
  const said: Partial<CompileOptions> = config === undefined ? {} : readConfig(config, readNamed(config).bytes, beside);
  const alarm = said.alarm ?? defaults.alarm;
  const flags: Partial<Pick<CompileOptions, PipelineKey>> = {
    ...(channels === undefined ? {} : { channels: channels.map((name) => ({ name, unit: null })) }),
    ...(features === undefined ? {} : { features: featureWords(features) }),
    ...(scaling === undefined ? {} : { scaling: scalingWord(scaling, readNamed) }),
    ...(rate === undefined ? {} : { rateHz: rate }),
    ...(labelled === undefined ? {} : { labelled: labelled.map(readNamed) }),
    alarm: {
      raise: alarmAfter ?? alarm.raise,
      clear: clearAfter ?? alarm.clear,
      clearBelow: clearBelow ?? alarm.clearBelow,
    },
  };
  return { ...said, ...flags, ...rest };
}
