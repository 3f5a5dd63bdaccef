import type { Program } from './define.ts';
import { readerOf, type Layout } from './layout.ts';
import { bytes, dots, type Dot } from './wgsl/bytes.ts';
import { fixedPoint } from './wgsl/fixed-point.ts';
import { float32 } from './wgsl/float32.ts';
import { float64 } from './wgsl/float64.ts';
import { pair } from './wgsl/pair.ts';

/** What a program's text calls, and the text that it then needs; those behind read those before. */
const libraries: readonly (readonly [calls: RegExp, text: string])[] = [
  [/\b(p|d)_\w+\(|multiply_(double|single)\(|high_product\(|divide_by_power\(/, pair],
  [/multiply_(double|single)\(|high_product\(|divide_by_power\(/, fixedPoint],
  [/\bd_\w+\(/, float64],
];

/** The bindings of a shader: 0 is `params`; then what it reads, what it writes, and its constants, if it has any. */
export interface Bindings {
  readonly reads: Readonly<Record<string, Layout>>;
  readonly hasConstants: boolean;
}

/** The whole WGSL of a shader. */
export function assemble({ code }: Program, { reads, hasConstants }: Bindings, dot: Dot): string {
  const names = Object.keys(reads);
  const declared = [
    ...names.map((name) => `var<storage, read> ${name}: array<u32>;`),
    'var<storage, read_write> out: array<u32>;',
    ...(hasConstants ? ['var<storage, read> constants: array<u32>;'] : []),
  ];
  const usesDot = code.includes('dot_bytes(');
  return [
    usesDot && dot === 'packed' ? 'requires packed_4x8_integer_dot_product;' : '',
    // zero is 0, which no compiler knows (wgsl/float32.ts).
    'struct Params { windows: u32, zero: u32 }',
    '@group(0) @binding(0) var<uniform> params: Params;',
    ...declared.map((text, i) => `@group(0) @binding(${i + 1}) ${text}`),
    bytes,
    usesDot ? dots[dot] : '',
    float32,
    ...libraries.filter(([calls]) => calls.test(code)).map(([, text]) => text),
    // Not where it reads words alone: programs over values of other sizes then have the same text.
    ...Object.entries(reads).map(([name, layout]) =>
      new RegExp(`\\b${name}_(at|unit)\\(`).test(code) ? readerOf(name, layout) : '',
    ),
    code,
  ].join('\n');
}
