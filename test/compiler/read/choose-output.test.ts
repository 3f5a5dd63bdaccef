import { expect, test } from 'vitest';
import { chooseOutput } from '../../../compiler/read/choose-output.ts';

const input = [1, 1, 28, 28];
const output = (name: string, ...shape: readonly number[]) => ({ name, shape });
const choose = (outputs: readonly ReturnType<typeof output>[], wanted: string | null = null): string =>
  chooseOutput('vae.onnx', outputs, input, wanted).name;

test.each([
  ['the only one', [output('y', 1, 10)], 'y'],
  [
    'of (recon, mu, logvar) the one as large as the input',
    [output('recon', 1, 784), output('mu', 1, 16), output('logvar', 1, 16)],
    'recon',
  ],
  ['of an encoder the mean', [output('z_mean', 1, 16), output('z_log_var', 1, 16), output('z', 1, 16)], 'z_mean'],
  ['of an encoder that calls it mu', [output('enc/mu:0', 1, 16), output('enc/logvar:0', 1, 16)], 'enc/mu:0'],
] as const)('%s', (_, outputs, expected) => {
  expect(choose(outputs)).toBe(expected);
});

test('the one that is named', () => {
  expect(choose([output('a', 1, 784), output('b', 1, 784)], 'b')).toBe('b');
});

test('a typo is answered with the nearest name', () => {
  expect(() => choose([output('recon', 1, 784), output('mu', 1, 16)], 'recom')).toThrow(
    'vae.onnx: has no output "recom"; it has recon [1 x 784], mu [1 x 16]\n  Did you mean "recon"?',
  );
});

test('two that could be meant are listed, and what to do', () => {
  expect(() => choose([output('a', 1, 784), output('b', 1, 784)])).toThrow(
    'vae.onnx: has 2 outputs (a [1 x 784], b [1 x 784]); which one is meant is not clear\n' +
      '  Name it: --reconstruction <name>, or --code <name> of an encoder in a file of its own.',
  );
});
