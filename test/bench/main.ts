import { Command, InvalidArgumentError, Option } from 'commander';
import { ceilingUs } from './ceiling.ts';
import { coldStarts } from './cold.ts';
import { measure } from './measure.ts';
import { sandglass } from './peers/sandglass.ts';
import { formatRows, type Row } from './table.ts';
import { workloads } from './workload.ts';

// npm run bench -- [--json] [--peers none|all|name,name] [--rounds n] [--workload ad01|wide] [--batch 1,16,196]

const wholeNumbers = (text: string): number[] =>
  text.split(',').map((part) => {
    if (!/^[1-9]\d*$/.test(part)) throw new InvalidArgumentError('expected whole numbers, like 1,16,196');
    return Number(part);
  });

const options = new Command('bench')
  .description('sandglass beside its peers: one process, one thread, interleaved, medians')
  .option('--json', 'print rows as JSON')
  .option('--peers <names>', 'none, all, or parts of names: ort-web,LiteRT', 'all')
  .addOption(new Option('--workload <name>').choices(Object.keys(workloads)))
  .addOption(new Option('--rounds <n>').argParser(Number).default(21))
  .addOption(new Option('--batch <list>').argParser(wholeNumbers).default([1, 16, 196]))
  .parse()
  .opts<{ json?: true; peers: string; workload?: keyof typeof workloads; rounds: number; batch: number[] }>();

const log = (text: string): void => void process.stderr.write(`${text}\n`);

const available = options.peers === 'none' ? [] : (await import('./peers/index.ts')).peers;
const wanted = options.peers.toLowerCase().split(',');
const chosen = available.filter(
  ({ name }) => options.peers === 'all' || wanted.some((part) => name.toLowerCase().includes(part)),
);
const rows: Row[] = [];
for (const name of options.workload === undefined ? (Object.keys(workloads) as (keyof typeof workloads)[]) : [options.workload]) {
  log(`${name}: preparing ...`);
  const workload = await workloads[name]();
  const contestants = [sandglass, ...chosen.filter(({ name: peer }) => workload.tflite !== null || !peer.startsWith('LiteRT'))];
  log(`${name}: cold starts in fresh processes ...`);
  const cold = coldStarts(workload, contestants);
  for (const batch of options.batch) {
    log(`${name}: batch ${batch}, ${options.rounds} rounds ...`);
    const ceiling = name === 'ad01' && batch === 1 ? ceilingUs() : null;
    const times = await measure(workload, batch, contestants, options.rounds);
    const ours = times.get(sandglass.name)!;
    for (const peer of contestants) {
      const medianUs = times.get(peer.name)!;
      const { ms, residentMb } = cold.get(peer.name)!;
      rows.push({
        workload: name,
        batch,
        runtime: peer.name,
        medianUs,
        timesSlower: medianUs / ours,
        bytesToShip: peer.bytesToShip(workload),
        coldMs: ms,
        residentMb,
      });
    }
    if (typeof ceiling === 'number')
      rows.push({
        workload: name,
        batch,
        runtime: 'the same in C (gcc -O3)',
        medianUs: ceiling,
        timesSlower: ceiling / ours,
        bytesToShip: 0,
        coldMs: null,
        residentMb: null,
      });
    else if (ceiling !== null) log(ceiling);
  }
}
process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${formatRows(rows)}\n`);
if (!options.json) {
  log(
    'Times: f32 windows copied in; ours gives scores, the peers reconstructions (the score would come on top). Memory and cold start: fresh processes, beyond bare Node.',
  );
  log('LiteRT is not in `wide`: no TFLite file of it is written. Its models have a batch of one, so that a batch is a loop.');
}
process.exit(0);
