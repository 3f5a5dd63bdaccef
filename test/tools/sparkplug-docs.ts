import { reasons, statements } from '../devices/sparkplug/checklist.ts';
import { titlesOfTests } from '../devices/sparkplug/titles.ts';
import { columnsOf } from '../../devices/sinks/sparkplug/columns.ts';
import { sparkplugDefaults } from '../../devices/sinks/sparkplug/options.ts';

/** Meaning of each metric of a device; a metric without one is an error of `npm run fix`. */
const meanings: Readonly<Record<string, string>> = {
  Score: 'The score of the newest window. Null, of quality 0 (bad) and with the property `Reason`, where there is none.',
  Alarm: 'Whether the alarm is on.',
  Threshold: 'Above it, a window is abnormal.',
  Sequence: 'Counts the scores of this sensor: with `Epoch`, what tells a score that comes twice.',
  Epoch: 'Changes when the gateway has lost what it knew; `Sequence` then begins again.',
  Sensor: 'The sensor’s name, also where the device has another one because of `+ / #`.',
  'Artifact/Name': 'The artifact that scores.',
  'Artifact/SHA256': 'Its hash.',
  'Contributors/1/Channel': 'While the score is above the threshold: the channel that contributes most, and so on.',
  'Contributors/1/Share': 'Its share, 0 to 1.',
};

function metricRow({ name, type }: { readonly name: string; readonly type: string }): string {
  const meaning = meanings[name];
  if (meaning === undefined) throw new Error(`test/tools/sparkplug-docs.ts: metric "${name}" has no meaning`);
  return `| ${name} | ${type} | ${meaning} |`;
}

/** The text of docs/sparkplug.md. */
export function sparkplugDocs(): string {
  const tests = new Map<string, string[]>();
  for (const [title, ids] of titlesOfTests()) for (const id of ids) tests.set(id, [...(tests.get(id) ?? []), title]);
  const rows = Object.entries(statements).map(([id, state]) => {
    const what = state === 'tested' ? (tests.get(id) ?? []).join('; ') : `*${reasons[state]}*`;
    return `| ${id} | ${what.replaceAll('|', '\\|')} |`;
  });
  const tested = Object.values(statements).filter((state) => state === 'tested').length;
  return `# Sparkplug B

Written by \`npm run fix\` from the code and the titles of the tests.

The gateway is an **edge node** of Sparkplug B 3.0, and each of its sensors is a **device** of it:
\`spBv1.0/<group>/DDATA/<node>/<sensor>\`. Group and node are yours to choose, and together they must be unique at the broker.

- Each CONNECT has its death as the will (NDEATH, QoS 1) with a number \`bdSeq\`, which the birth repeats; it is kept in the state folder and goes on behind a restart.
- Behind the birth of the node (NBIRTH) comes that of each sensor (DBIRTH), then data (DDATA) by exception: what has changed, and the sequence number. A sensor that is met later is born then; one that is given up dies (DDEATH).
- With \`primaryHost\`, nothing is sent until \`spBv1.0/STATE/<host>\` says that the host is online. When it goes offline, the node dies, disconnects, connects again and waits.
- \`Node Control/Rebirth\` is obeyed, once in ${sparkplugDefaults.rebirthSeconds} seconds (\`rebirthSeconds\`); other commands are counted and left out.
- Scores that were made while there was no connection come from the spool, marked \`is_historical\`, in order and with their own times, behind births that say what is so now. A score leaves the spool when the broker has read it (it has answered a ping behind it), as messages of QoS 0 are not acknowledged: a broken connection loses none, but may bring some twice.
- Ids may hold any character but \`+\`, \`/\`, \`#\` and control characters. A sensor whose name has one of these gets a device id in which they are \`-\`, with six digits of the name’s SHA-256; the metric \`Sensor\` has the name.

## Metrics of a sensor

| metric | type | meaning |
| --- | --- | --- |
${columnsOf(1).map(metricRow).join('\n')}

\`contributors\` (${sparkplugDefaults.contributors}) says how many there are. \`Score\` and \`Threshold\` have the property \`engUnit\` where scores compare values as the sensors give them, all in one unit. Times are those of the newest sample in the window. The node itself has \`Software/Name\`, \`Software/Version\` and \`Sensors\`.

## Statements of the specification

Of its ${rows.length} testable statements (\`tck-id-...\`), ${tested} are tested here, against mosquitto and with payloads decoded by protoc where that says more; ${rows.length - tested} are not of an edge node like this one.

| tck-id- | test, or *why there is none* |
| --- | --- |
${rows.join('\n')}
`;
}
