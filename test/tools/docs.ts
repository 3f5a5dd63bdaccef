import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { jsonSchema } from '../../compiler/config/schema.ts';
import { streamSchema } from '../../devices/config/schema.ts';
import { rows as layers } from '../../compiler/read/keras/layers/table.ts';
import { domains } from '../../compiler/read/onnx/ops/table.ts';
import { rows as tflite } from '../../compiler/read/tflite/ops/table.ts';
import { rows as graphRows } from '../../compiler/read/tfjs/graph/ops/table.ts';
import { functions } from '../../compiler/ops/elementwise.ts';
import { ops } from '../../compiler/ops/index.ts';
import { alarmSchema, scoreSchema, statusSchema } from '../../devices/score-schema.ts';
import { sparkplugDocs } from './sparkplug-docs.ts';

// Writes docs/operators.md from the tables of the readers and of the compiler, docs/sparkplug.md from the checklist of its
// specification, and the JSON schemas of sandglass.json and of what is published:
// `npm run fix`; `npm run check` fails when one is stale.

/** The first sentence of the docstring above the op's constant. */
function meaningOf(kind: string): string {
  const name = kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const text = readFileSync(`compiler/ops/${name}.ts`, 'utf8');
  const docs = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*export const ${kind} =`).exec(text)?.[1];
  if (docs === undefined) throw new Error(`compiler/ops/${name}.ts: "${kind}" has no docstring`);
  return docs
    .replaceAll(/\s*\n\s*\*\s?/g, ' ')
    .trim()
    .replace(/(?<=[.:;]) (?=[A-Z]|\w+: ).*$/s, '')
    .replace(/[.:;]$/, '');
}

const list = (names: readonly string[]): string => names.toSorted().join(', ');

const text = `# Operators

Written by \`npm run fix\` from the tables of the code.

## What models may hold

**ONNX** (opset 7 to current; QDQ and QOperator models keep their grids): ${list(['Constant', ...Object.keys(domains['']!)])}, Loop with a known number of turns.

**TFLite**: ${list(Object.keys(tflite))}.

**Keras and TF.js layers**: ${list(Object.keys(layers))}.

**TF.js graphs** (TensorFlow's operators): ${list(Object.keys(graphRows))}.

Convolutions and pools over three axes are read, and so known to \`inspect\`, but have no integer kernel: \`compile\` refuses them.

## What the compiler makes of them

| op | meaning |
| --- | --- |
${Object.keys(ops)
  .toSorted()
  .map((kind) => `| ${kind} | ${meaningOf(kind)} |`)
  .join('\n')}

Functions of \`elementwise\`: ${list(Object.keys(functions))}.
`;

/** Of what others read: fields that come later must not make a message invalid. */
const messageSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });

const written: readonly (readonly [file: string, text: string])[] = [
  ['docs/operators.md', text],
  ['docs/sandglass.schema.json', `${JSON.stringify(jsonSchema(streamSchema), null, 2)}\n`],
  ['docs/score.schema.json', `${JSON.stringify(messageSchema(scoreSchema), null, 2)}\n`],
  ['docs/alarm.schema.json', `${JSON.stringify(messageSchema(alarmSchema), null, 2)}\n`],
  ['docs/status.schema.json', `${JSON.stringify(messageSchema(statusSchema), null, 2)}\n`],
  ['docs/sparkplug.md', sparkplugDocs()],
];

if (import.meta.main) {
  for (const [file, content] of written) {
    const isStale = !existsSync(file) || readFileSync(file, 'utf8') !== content;
    if (!process.argv.includes('--check')) writeFileSync(file, content);
    else if (isStale) {
      process.stderr.write(`${file} is stale: run npm run fix\n`);
      process.exitCode = 1;
    }
  }
}
