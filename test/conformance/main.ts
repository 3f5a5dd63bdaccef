import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedData } from '../data.ts';
import { findCases, runCase, type Outcome } from './case.ts';
import { report } from './report.ts';

/** `npm run conformance -- [--json] [folder]`: ONNX's backend tests against the reader and the float reference. */
const { values, positionals } = parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true });
const folder = positionals[0] ?? join(sharedData, 'onnx_node_tests');

if (!existsSync(folder)) {
  process.stderr.write(`${folder} is not here: give a folder of ONNX backend tests, or set SANDGLASS_DATA\n`);
  process.exitCode = 2;
} else {
  const tests: Outcome[] = [];
  for (const path of findCases(folder)) tests.push(await runCase(path));
  const count = (result: Outcome['result']): number => tests.filter((test) => test.result === result).length;
  const [pass, refused, fail] = [count('pass'), count('refused'), count('fail')];
  process.stdout.write(values.json ? `${JSON.stringify({ pass, refused, fail, tests }, null, 2)}\n` : report(tests));
  process.exitCode = fail > 0 || tests.length === 0 ? 1 : 0;
}
