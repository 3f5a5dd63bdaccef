import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/light.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { sandglass } from './cli.ts';

const model = 'examples/gearbox/model/model.json';
const normal = readFileSync('examples/gearbox/normal.csv', 'utf8').split('\n').slice(0, 60);
const folder = mkdtempSync(join(tmpdir(), 'sandglass-'));
const at = (name: string): string => join(folder, name);

/** Writes a file into the test's folder and gives its path. */
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

/** The calibration data with one line replaced. */
const withRow = (row: number, line: string): string => normal.map((text, i) => (i === row - 1 ? line : text)).join('\n');

/** Runs a command that must fail: its message without the test's folder. */
function failure(...words: string[]): string {
  const { code, stderr, stdout } = sandglass(...words);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/internal|\n {4}at /);
  return stderr.replaceAll(`${folder}/`, '');
}

const compileWith = (data: string): string => failure('compile', model, '--data', data, '-o', at('never.wasm'));

beforeAll(() => {
  expect(sandglass('compile', model, '--data', 'examples/gearbox/normal.csv', '-o', at('good.wasm')).code).toBe(0);
});

describe('bad calibration data: one line says what and where, one what to do', () => {
  test.each([
    ['a row with too few columns', withRow(7, '1,2,3')],
    ['text in a number column', withRow(9, normal[8]!.replace(/^[^,]*/, 'high'))],
    ['a time stamp column', normal.map((line, i) => `${i === 0 ? 'time' : '2026-11-23T10:00:00'},${line}`).join('\n')],
    ['NaN', withRow(5, normal[4]!.replace(/^[^,]*/, 'NaN'))],
    ['an infinite value', withRow(5, normal[4]!.replace(/[^,]*$/, '1e400'))],
    ['an empty field', withRow(5, normal[4]!.replace(/^[^,]*/, ''))],
    ['an empty file', ''],
    ['a header alone', normal[0]!],
    ['too few windows', normal.slice(0, 5).join('\n')],
    ['too few columns in all rows', normal.map((line) => line.split(',').slice(0, 5).join(',')).join('\n')],
    [
      'data of another scale than the model was trained on',
      normal
        .map((line, i) =>
          i === 0
            ? line
            : line
                .split(',')
                .map((value) => Number(value) * 1000)
                .join(','),
        )
        .join('\n'),
    ],
  ])('%s', async (name, content) => {
    const path = file('data.csv', content);
    await expect(compileWith(path)).toMatchFileSnapshot(`../../golden/errors/data ${name}.txt`);
    expect(readdirSync(folder).filter((entry) => entry.includes('never'))).toEqual([]);
  });

  test('a file of an unknown kind', () => {
    expect(compileWith(file('data.xlsx', 'PK'))).toBe(
      'error: data.xlsx: is of an unknown kind (".xlsx")\n  Name it by its content: .csv, .tsv, .txt, .npy, .npz, .bin, .f32, .raw (each also with .gz).\n',
    );
  });
});

describe('bad models', () => {
  test.each(['test/models/ad01/ad01.h5', 'test/models/ad01/ad01_fp32.tflite', 'test/models/ad01/peers/ad01_fp32.onnx'])(
    '%s, truncated',
    (path) => {
      const whole = readFileSync(path);
      const name = `cut.${path.split('.').at(-1)}`;
      expect(failure('inspect', file(name, whole.subarray(0, whole.length / 2)))).toContain(name);
    },
  );

  test('a model with two inputs', () => {
    expect(failure('inspect', file('two.onnx', twoInputs()))).toBe(
      'error: two.onnx: has 2 inputs (left, right); an autoencoder has one\n  Export only the part of the model from its input to its reconstruction.\n',
    );
  });

  test('an unsupported layer is named with its type and place, with what to do', () => {
    const json = JSON.parse(readFileSync(model, 'utf8'));
    json.modelTopology.config.layers[1].class_name = 'MyLayer';
    file('weights.bin', readFileSync('examples/gearbox/model/weights.bin'));
    expect(failure('inspect', file('model.json', JSON.stringify(json)))).toMatch(
      /^error: model\.json, layer "hidden_1" \(MyLayer\): layers of class MyLayer are not supported\n {2}docs\/operators\.md lists those that are\. /,
    );
  });

  test('a missing file, with the name that was probably meant', () => {
    expect(failure('inspect', at('good.wasn'))).toBe(`error: good.wasn: there is no such file\n  Did you mean good.wasm?\n`);
  });
});

describe('bad artifacts', () => {
  test('of another ABI', () => {
    const bytes = readFileSync(at('good.wasm'));
    const changed = Buffer.from(bytes);
    changed.write('{"abi":2', bytes.indexOf('{"abi":1'));
    expect(failure('score', file('other.wasm', changed), 'examples/gearbox/healthy-test.csv')).toBe(
      'error: other.wasm: has ABI 2; this runtime speaks ABI 1\n  Compile the model again with this version of sandglass, or use the runtime of the version that compiled it.\n',
    );
  });

  test.each([0.2, 0.5, 0.9])('corrupted at %d of its length', (share) => {
    const bytes = Buffer.from(readFileSync(at('good.wasm')));
    const position = Math.floor(share * bytes.length);
    bytes[position] = bytes[position]! ^ 0x10;
    const message = failure('score', file('corrupt.wasm', bytes), 'examples/gearbox/healthy-test.csv');
    expect(message).toMatch(/^error: .*corrupt\.wasm: .*\n {2}.*(again)/);
  });

  test('truncated', () => {
    const bytes = readFileSync(at('good.wasm'));
    expect(failure('verify', file('short.wasm', bytes.subarray(0, bytes.length - 100)))).toMatch(/^error: .*short\.wasm: .*\n/);
  });

  test('not an artifact at all', () => {
    expect(failure('score', model, 'examples/gearbox/healthy-test.csv')).toContain('is not a WebAssembly module');
  });
});

test('data that gives no finite score is named with its window', () => {
  const rows = readFileSync('examples/gearbox/healthy-test.csv', 'utf8').trim().split('\n');
  rows[3] = rows[3]!.replace(/^[^,]*/, '1e30');
  const { code, stderr } = sandglass('score', at('good.wasm'), file('huge.csv', rows.join('\n')));
  expect(code).toBe(1);
  expect(stderr).toMatch(/huge\.csv: .*good\.wasm: window 2, value 0 is 1\.0000000150474662e\+30, which gives no finite score/);
});

describe('output that cannot be written', () => {
  test.each([
    ['in a folder that does not exist', 'no/such/folder/x.wasm', 'its folder does not exist'],
    ['below a file', 'good.wasm/x.wasm', 'a part of its path is a file'],
    ['onto a folder', 'folder.wasm', 'it is a folder'],
  ])('%s', (_, name, reason) => {
    mkdirSync(at('folder.wasm'), { recursive: true });
    expect(failure('compile', model, '--data', 'examples/gearbox/normal.csv', '-o', at(name))).toContain(reason);
  });

  test('without the ending .wasm', () => {
    expect(failure('compile', model, '--data', 'examples/gearbox/normal.csv', '-o', at('x.bin'))).toContain(
      'does not end in .wasm',
    );
  });
});

/** An ONNX model that adds two inputs. */
function twoInputs(): Uint8Array {
  const root = protobuf.Root.fromJSON({
    nested: {
      Model: { fields: { irVersion: { type: 'int64', id: 1 }, graph: { type: 'Graph', id: 7 } } },
      Graph: {
        fields: {
          node: { type: 'Node', id: 1, rule: 'repeated' },
          input: { type: 'Value', id: 11, rule: 'repeated' },
          output: { type: 'Value', id: 12, rule: 'repeated' },
        },
      },
      Node: {
        fields: {
          input: { type: 'string', id: 1, rule: 'repeated' },
          output: { type: 'string', id: 2, rule: 'repeated' },
          opType: { type: 'string', id: 4 },
        },
      },
      Value: { fields: { name: { type: 'string', id: 1 } } },
    },
  });
  const graph = {
    node: [{ input: ['left', 'right'], output: ['sum'], opType: 'Add' }],
    input: [{ name: 'left' }, { name: 'right' }],
    output: [{ name: 'sum' }],
  };
  const type = root.lookupType('Model');
  return type.encode(type.fromObject({ irVersion: 8, graph })).finish();
}
