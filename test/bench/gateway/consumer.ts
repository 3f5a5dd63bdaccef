import { connect } from 'mqtt';

// node consumer.ts <url>: takes all scores; at SIGTERM tells how many, and the time from sample to score.
const [url] = process.argv.slice(2) as [string];
const client = connect(url, { protocolVersion: 5, clientId: 'scores' });
const latencies: number[] = [];
let scores = 0;
client.on('message', (_, payload) => {
  scores++;
  const at = /"time":"([^"]+)"/.exec(payload.toString('latin1', 0, 200))?.[1];
  if (at !== undefined) latencies.push(Date.now() - Date.parse(at));
});
await new Promise<void>((resolve) => client.once('connect', () => resolve()));
await client.subscribeAsync('sandglass/+/+/score', { qos: 1 });
process.stdout.write('ready\n');
process.once('SIGTERM', () => {
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number): number | null => sorted[Math.floor(share * (sorted.length - 1))] ?? null;
  process.stdout.write(`${JSON.stringify({ scores, p50: at(0.5), p99: at(0.99), most: at(1) })}\n`);
  process.exit(0);
});
