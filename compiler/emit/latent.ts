import { typeOf } from '../ir/graph.ts';
import { sizeOf, type IntType } from '../ir/tensor.ts';
import { float, formatCall, type Call } from '../kernels/define.ts';
import { definitionOf } from '../kernels/interpret.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Plan } from '../plan/plan.ts';

/** encode: the latent code in real units; decode: back onto its int8 grid, and on to the output. */
export function emitLatent(plan: Plan): { readonly calls: readonly Call[]; readonly lines: readonly string[] } {
  const { address } = plan.latent!;
  const { shape, quantization } = integerType(plan);
  const size = sizeOf(shape);
  const toReal = codeToReal(plan);
  const kernel = {
    kind: 'quantize',
    inverseScale: Math.fround(1 / quantization.scale),
    ...storedRange(quantization),
  } as const;
  const [toGrid] = definitionOf(kernel).emit(kernel, {
    inputs: [{ address: plan.addresses.latent, size }],
    constants: [],
    output: { address, size },
    scratch: 0,
    prepared: 0,
    target: plan.target,
  });
  const { normals } = plan.addresses;
  const draw: Call | null =
    normals === null ? null : { module: 'sample', name: 'sample_normal', args: ['seed', 'latent', `${size}`, `${normals}`] };
  const lines = [
    '',
    'export function encode(): void {',
    ...(plan.signal === null ? ['  toLatent(input);'] : ['  readWindow(input);', `  toLatent(${plan.signal.place.output});`]),
    `  ${formatCall(toReal)};`,
    '}',
    '',
    'export function decode(): void {',
    `  ${formatCall(toGrid!)};`,
    '  fromLatent();',
    '}',
    ...(draw === null
      ? []
      : ['', 'export function sample_latent(seed: i32): void {', `  ${formatCall(draw)};`, '  decode();', '}']),
  ];
  return { calls: [toReal, toGrid!, ...(draw === null ? [] : [draw])], lines };
}

/** The latent code in real units, into `latent`: right behind the encoder, before other steps write over it. */
export function codeToReal(plan: Plan): Call {
  const { shape, quantization } = integerType(plan);
  const args = [`${plan.latent!.address}`, 'latent', `${sizeOf(shape)}`, float(quantization.scale)];
  return { module: 'kernels/quantize', name: 'dequantize_i16_f32', args };
}

function integerType({ latent, scored }: Plan): IntType {
  const type = typeOf(scored.graph, latent!.value);
  if (type.dtype !== 'integer') throw new Error('internal: the latent code is not quantized');
  return type;
}
