import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { CsvSource, csvDefaults } from '../../../devices/sources/csv.ts';
import { quiet } from '../../../devices/log.ts';

// An agent as far as a file needs one: keeps what it took, and how far that is, in one journal; begins from there. Killed by its test.
//
//   node test/devices/sources/tailing.ts data.csv journal

const [path, journal] = process.argv.slice(2) as [string, string];
const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : [];
let mark = lines.findLast((line) => line.startsWith('mark '))?.slice(5) ?? null;
let batch = '';
const source = new CsvSource(
  { ...csvDefaults, path, artifact: 'pump', follow: true, pollMs: 20, time: 't' },
  new Map([['pump', { channels: [{ name: 'x', unit: null }], channelCount: 1, rateHz: null, time: null }]]),
  { log: quiet, maxPayloadBytes: 1000 },
  'test',
);
await source.start(
  {
    take: ({ time, values }) => {
      batch += `sample ${time} ${values[0]}\n`;
    },
    refuse: (reason, detail) => {
      batch += `refused ${reason} ${detail}\n`;
    },
    mark: (_, position) => {
      mark = position;
    },
    // Samples and mark in one write: after a kill there are both or none.
    safe: async () => {
      appendFileSync(journal, `${batch}mark ${mark}\n`);
      batch = '';
    },
  },
  mark,
);
