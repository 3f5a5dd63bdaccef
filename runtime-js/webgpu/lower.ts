import { Unavailable } from '../backend.ts';
import type { GraphNode, ModelGraph, ValueIndex } from '../artifact/graph.ts';
import type { Kernel, KernelKind } from '../artifact/kernel.ts';
import type { Pass, Shader, Unsupported } from './define.ts';
import { shaders } from './index.ts';
import { layoutOf, type Layout } from './layout.ts';
import { words, type LoweredScore, type ScoreShaders } from './scores/define.ts';
import { scoreShaders } from './scores/index.ts';

const table: { readonly [K in KernelKind]: Shader<K> | Unsupported } = shaders;
const scoreTable: ScoreShaders = scoreShaders;

/** The one cast of this table: TypeScript cannot see that `table[kernel.kind]` fits `kernel`. */
export const shaderOf = (kernel: Kernel): Shader<KernelKind> | Unsupported =>
  table[kernel.kind] as Shader<KernelKind> | Unsupported;

/** Why no device does a kernel, or null. */
export function unsupported(kernel: Kernel): string | null {
  const shader = shaderOf(kernel);
  return 'unsupported' in shader ? shader.unsupported : null;
}

/** A dispatch whose operands are buffers: indices into `Lowering.buffers`. */
export interface Step {
  readonly pass: Pass;
  /** By the names in the pass's code. */
  readonly reads: Readonly<Record<string, number>>;
  readonly writes: number;
}

/** A model as dispatches. */
export interface Lowering {
  readonly buffers: readonly Layout[];
  readonly steps: readonly Step[];
  readonly input: number;
  readonly output: number;
  readonly errors: number;
  readonly lanes: number;
  /** Of the lanes of a window. */
  finish(lanes: Float32Array): number;
}

/** Throws an Unavailable if a kernel of the model is not done on devices. */
export function lower(graph: ModelGraph, where: string): Lowering {
  for (const { kernel } of graph.nodes) {
    const why = unsupported(kernel);
    if (why !== null) throw new Unavailable(`${where}: its kernel "${kernel.kind}" stays on wasm: ${why}`);
  }
  const rows = rowsOf(graph);
  const buffers = graph.values.map((value, index) => layoutOf(value, rows.get(index) ?? null));
  const add = (layout: Layout): number => buffers.push(layout) - 1;
  const steps: Step[] = [];
  const addSteps = (passes: readonly Pass[], indexOf: (operand: string) => number): void => {
    for (const pass of passes) {
      const reads = Object.fromEntries(Object.entries(pass.reads).map(([name, operand]) => [name, indexOf(operand)]));
      steps.push({ pass, reads, writes: indexOf(pass.writes) });
    }
  };
  for (const node of graph.nodes) {
    const { passes, scratch } = lowerNode(node, buffers);
    const own: Record<string, number> = { output: node.output, ...(scratch !== null && { scratch: add(scratch) }) };
    node.inputs.forEach((value, i) => (own[`input${i}`] = value));
    addSteps(passes, (operand) => own[operand]!);
  }
  const { score, errors, lanes, scratch } = addScore(graph, buffers, add);
  const {
    target,
    reconstruction,
    score: { code, logVariance },
  } = graph;
  const own = { target, reconstruction, code, logVariance, errors, lanes, scratch };
  addSteps(score.passes, (operand) => own[operand as keyof typeof own]!);
  return { buffers, steps, input: graph.input, output: graph.output, errors, lanes, finish: score.finish };
}

const lowerNode = ({ kernel, inputs, output, constants }: GraphNode, buffers: readonly Layout[]) =>
  asShader(kernel).lower(kernel, { inputs: inputs.map((value) => buffers[value]!), output: buffers[output]!, constants });

function asShader(kernel: Kernel): Shader<KernelKind> {
  const shader = shaderOf(kernel);
  if ('unsupported' in shader) throw new Error(`internal: "${kernel.kind}" is not done on devices`);
  return shader;
}

function addScore(
  { values, target, score: { function: name, code, constants } }: ModelGraph,
  buffers: readonly Layout[],
  add: (layout: Layout) => number,
): { readonly score: LoweredScore; readonly errors: number; readonly lanes: number; readonly scratch: number | null } {
  const value = code === null ? null : values[code]!;
  const score = scoreTable[name].lower({
    n: buffers[target]!.size,
    shape: values[target]!.shape,
    code: { size: code === null ? 0 : buffers[code]!.size, scale: value?.dtype === 'i16' ? value.scale : 0 },
    constants,
  });
  return {
    score,
    errors: add(words(buffers[target]!.size)),
    lanes: add(words(score.lanes)),
    scratch: score.scratch === 0 ? null : add(words(score.scratch)),
  };
}

/** Values of the rows in which each value lies: as what makes it gives it, else as what reads it would have it. */
function rowsOf({ nodes, values }: ModelGraph): Map<ValueIndex, number> {
  const rows = new Map<ValueIndex, number>();
  const sizeOf = (value: ValueIndex): number => values[value]!.shape.reduce((product, extent) => product * extent, 1);
  for (const { kernel, output } of nodes) {
    const row = asShader(kernel).outputRow?.(kernel, sizeOf(output));
    if (row !== undefined) rows.set(output, row);
  }
  for (const { kernel, inputs } of nodes) {
    const row = asShader(kernel).inputRow?.(kernel);
    if (row === undefined) continue;
    for (const value of inputs) if (!rows.has(value) && sizeOf(value) % row === 0) rows.set(value, row);
  }
  return rows;
}
