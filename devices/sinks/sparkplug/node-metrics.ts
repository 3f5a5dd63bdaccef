import { version } from '../../../compiler/version.ts';
import { dataTypes, toWire, type DataType, type Value } from '../../sparkplug/datatypes.ts';
import type { Metric } from '../../sparkplug/payload.ts';

/** What the node says of itself; the alias is the place in the list, from 1. */
const columns: readonly { readonly name: string; readonly type: DataType; readonly of: (sensors: number) => Value }[] = [
  { name: 'Software/Name', type: 'String', of: () => 'sandglass' },
  { name: 'Software/Version', type: 'String', of: () => version },
  { name: 'Sensors', type: 'Int32', of: (sensors) => sensors },
];

/** For the NBIRTH. */
export const nodeBirth = (sensors: number, usesAliases: boolean, timestamp: number): readonly Metric[] =>
  columns.map(({ name, type, of }, i) => ({
    name,
    ...(usesAliases ? { alias: i + 1 } : {}),
    timestamp,
    datatype: dataTypes[type],
    value: toWire(type, of(sensors)),
  }));

/** For an NDATA: the number of sensors is all that changes. */
export const nodeData = (sensors: number, usesAliases: boolean, timestamp: number): readonly Metric[] =>
  nodeBirth(sensors, usesAliases, timestamp)
    .slice(-1)
    .map(({ name, alias, value }) => ({ ...(usesAliases ? { alias } : { name }), timestamp, value }));
