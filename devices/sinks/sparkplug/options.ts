import { InputError } from '../../../compiler/error.ts';
import { checkId } from '../../sparkplug/topic.ts';

/** The sink that makes the gateway a Sparkplug B edge node, and each of its sensors a device. */
export interface SparkplugOptions {
  /** Group ID: the plant, the line ... No + / #. */
  readonly group: string;
  /** Edge Node ID; null: the gateway's name. Group and node together must be unique at the broker. No + / #. */
  readonly node: string | null;
  /** ID of the host application without which nothing is sent (spBv1.0/STATE/<id> says whether it is online); null: sends in any case. */
  readonly primaryHost: string | null;
  /** Whether data have numbers (given by the births) in place of the metrics' names: a third of the bytes. */
  readonly aliases: boolean;
  /** Channels that `Contributors/<n>` name, 0 to 20. */
  readonly contributors: number;
  /** Seconds between two births that hosts ask for by `Node Control/Rebirth`: all who ask meanwhile get one. */
  readonly rebirthSeconds: number;
}

export const sparkplugDefaults = {
  node: null,
  primaryHost: null,
  aliases: true,
  contributors: 3,
  rebirthSeconds: 2,
} as const satisfies Omit<SparkplugOptions, 'group'>;

const mostContributors = 20;

/** Throws an InputError where a name cannot be in a topic or a number is out of its range. `where`: the place in the config. */
export function checkOptions(options: SparkplugOptions, node: string, where: string): void {
  checkId(options.group, `${where}.group`);
  checkId(node, `${where}.node`);
  if (options.primaryHost !== null) checkId(options.primaryHost, `${where}.primaryHost`);
  checkRange(options.contributors, mostContributors, `${where}.contributors`);
  checkRange(options.rebirthSeconds, 3600, `${where}.rebirthSeconds`);
}

function checkRange(value: number, most: number, where: string): void {
  if (value >= 0 && value <= most) return;
  throw new InputError({ where, what: `is ${value}`, hint: `Use a number from 0 to ${most}.` });
}
