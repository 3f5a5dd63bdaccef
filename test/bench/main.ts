import { Command, InvalidArgumentError, Option } from 'commander';
import { ceilingUs } from './ceiling.ts';
import { coldStarts } from './cold.ts';
import { measure } from './measure.ts';
import { sandglass } from './peers/sandglass.ts';
import { formatRows, type Row } from './table.ts';
import { windowCount, workloads } from './workload.ts';

// npm run bench -- [--json] [--peers none|all|name,name] [--rounds n] [--workload ad01|wide|conv28|resnet8|lstm] [--batch 1,16,196]

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('expected whole numbers from 1, like 1,16,196');
  return Number(text);
};

const wholeNumbers = (text: string): number[] =>
  text.split(',').map((part) => {
    const number = wholeNumber(part);
    if (number > windowCount) throw new InvalidArgumentError(`a workload has ${windowCount} windows`);
    return number;
  });

const command = new Command('bench')
  .description('sandglass beside its peers: one process, one thread, interleaved, medians')
  .option('--json', 'print rows as JSON')
  .option('--peers <names>', 'none, all, or parts of names: ort-web,LiteRT', 'all')
  .addOption(new Option('--workload <name>').choices(Object.keys(workloads)))
  .addOption(new Option('--rounds <n>').argParser(wholeNumber).default(21))
  .addOption(new Option('--batch <list>').argParser(wholeNumbers))
  .parse();
const options = command.opts<{
  json?: true;
  peers: string;
  workload?: keyof typeof workloads;
  rounds: number;
  batch?: number[];
}>();

const log = (text: string): void => void process.stderr.write(`${text}\n`);

const available = options.peers === 'none' ? [] : (await import('./peers/index.ts')).peers;
const wanted = options.peers.toLowerCase().split(',');
const unknown = ['all', 'none'].includes(options.peers)
  ? undefined
  : wanted.find((part) => !available.some(({ name }) => name.toLowerCase().includes(part)));
if (unknown !== undefined)
  command.error(`error: no peer is called "${unknown}"; there are ${available.map(({ name }) => name).join(', ')}`, {
    exitCode: 2,
  });
const chosen = available.filter(
  ({ name }) => options.peers === 'all' || wanted.some((part) => name.toLowerCase().includes(part)),
);
const rows: Row[] = [];
const failed = new Set<string>();

function report(failures: ReadonlyMap<string, string>, doing: string): void {
  for (const [name, reason] of failures) {
    log(`${name} failed, ${doing}: ${reason}`);
    failed.add(name);
  }
}

async function run(name: keyof typeof workloads): Promise<void> {
  log(`${name}: preparing ...`);
  const workload = await workloads[name]();
  const contestants = [sandglass, ...chosen].filter((peer) => peer.supports(workload));
  log(`${name}: cold starts in fresh processes ...`);
  const cold = coldStarts(workload, contestants);
  report(cold.failures, `${name}, cold start`);
  for (const batch of options.batch ?? workload.batches) {
    log(`${name}: batch ${batch}, ${options.rounds} rounds ...`);
    const ceiling = name === 'ad01' && batch === 1 ? ceilingUs() : null;
    const { medianUs, failures } = await measure(workload, batch, contestants, options.rounds);
    report(failures, `${name}, batch ${batch}`);
    const ours = medianUs.get(sandglass.name);
    const timed = (us: number | null): Pick<Row, 'medianUs' | 'timesSlower'> => ({
      medianUs: us,
      timesSlower: us === null || ours === undefined ? null : us / ours,
    });
    for (const peer of contestants) {
      const { ms: coldMs, residentMb } = cold.found.get(peer.name) ?? { ms: null, residentMb: null };
      const bytesToShip = peer.bytesToShip(workload);
      const times = timed(medianUs.get(peer.name) ?? null);
      rows.push({ workload: name, batch, runtime: peer.name, ...times, bytesToShip, coldMs, residentMb });
    }
    if (typeof ceiling === 'string') log(ceiling);
    if (typeof ceiling !== 'number') continue;
    const runtime = 'the same in C (gcc, SSE4.1)';
    rows.push({ workload: name, batch, runtime, ...timed(ceiling), bytesToShip: null, coldMs: null, residentMb: null });
  }
}

for (const name of options.workload === undefined ? (Object.keys(workloads) as (keyof typeof workloads)[]) : [options.workload])
  await run(name);
process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${formatRows(rows)}\n`);
if (!options.json) {
  log(
    'Times: f32 windows copied in; ours gives scores, the peers reconstructions (the score would come on top). Memory and cold start: fresh processes, beyond bare Node.',
  );
  log('The int8 peers have per-tensor weights, ours are per channel: the correlations of their scores are above.');
}
process.exit(failed.size > 0 ? 1 : 0);
