import { describe, expect, test } from 'vitest';
import { floats, int64s, type OnnxParts } from './onnx-build.ts';
import { distanceFromOrt, float, single, text, type Case } from './onnx-run.ts';

const none = floats('none', [0], []);
const resize = (attributes: Parameters<typeof single>[1], scales: readonly number[]): OnnxParts => ({
  nodes: [{ op: 'Resize', inputs: ['x', '', 'scales'], output: 'y', attributes: attributes ?? {} }],
  initializers: [floats('scales', [4], [1, 1, ...scales])],
  opset: 18,
});
const modes = ['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel', 'half_pixel_symmetric'];
const resizes: readonly Case[] = [
  ...modes.flatMap((mode): Case[] =>
    ['nearest', 'linear', 'cubic'].map((filter) => [
      `Resize ${filter}, ${mode}, by 2.4 and 0.5`,
      resize({ mode: text(filter), coordinate_transformation_mode: text(mode) }, [2.4, 0.5]),
      [1, 2, 5, 8],
    ]),
  ),
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map((rounding): Case => [
    `Resize nearest, ${rounding}`,
    resize({ nearest_mode: text(rounding), coordinate_transformation_mode: text('asymmetric') }, [1.5, 2.5]),
    [1, 2, 5, 7],
  ]),
  [
    'Resize cubic with exclude_outside',
    resize({ mode: text('cubic'), exclude_outside: 1, cubic_coeff_a: float(-0.5) }, [2, 2]),
    [1, 2, 5, 7],
  ],
  ['Resize linear with antialias', resize({ mode: text('linear'), antialias: 1 }, [0.6, 0.6]), [1, 2, 5, 5]],
  [
    'Resize to sizes, with empty roi and scales',
    {
      nodes: [{ op: 'Resize', inputs: ['x', 'none', 'none', 'sizes'], output: 'y', attributes: { mode: text('linear') } }],
      initializers: [none, int64s('sizes', [1, 2, 10, 14])],
      opset: 13,
    },
    [1, 2, 5, 7],
  ],
  [
    'Resize of some axes, not larger',
    {
      nodes: [
        {
          op: 'Resize',
          inputs: ['x', '', '', 'sizes'],
          output: 'y',
          attributes: { axes: [2, 3], keep_aspect_ratio_policy: text('not_larger') },
        },
      ],
      initializers: [int64s('sizes', [15, 9])],
      opset: 18,
    },
    [1, 2, 5, 7],
  ],
  [
    'Resize that crops and extrapolates',
    {
      nodes: [
        {
          op: 'Resize',
          inputs: ['x', 'roi', '', 'sizes'],
          output: 'y',
          attributes: {
            mode: text('linear'),
            coordinate_transformation_mode: text('tf_crop_and_resize'),
            extrapolation_value: float(9),
          },
        },
      ],
      initializers: [floats('roi', [8], [0, 0, 0.2, -0.3, 1, 1, 1.2, 0.8]), int64s('sizes', [1, 2, 6, 6])],
      opset: 13,
    },
    [1, 2, 5, 7],
  ],
  [
    'Upsample of operator set 9',
    {
      nodes: [{ op: 'Upsample', inputs: ['x', 's'], output: 'y', attributes: { mode: text('linear') } }],
      initializers: [floats('s', [4], [1, 1, 2, 3])],
      opset: 9,
    },
    [1, 2, 5, 7],
  ],
  [
    'Resize of operator set 10',
    { nodes: [{ op: 'Resize', inputs: ['x', 's'], output: 'y' }], initializers: [floats('s', [4], [1, 1, 2, 3])], opset: 10 },
    [1, 2, 5, 7],
  ],
];

describe.each(Object.entries({ resizes }))('%s mean what they mean to onnxruntime-web, to 1e-5', (_, cases) => {
  test.each(cases)('%s', async (_title, parts, shape) => {
    expect(await distanceFromOrt(parts, shape)).toBeLessThan(1e-5);
  });
});
