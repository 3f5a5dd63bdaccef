import { assemble } from './assemble.ts';
import type { Pass, Program } from './define.ts';
import type { Layout } from './layout.ts';
import type { Lowering } from './lower.ts';
import { computeStage } from './usage.ts';
import type { Dot } from './wgsl/bytes.ts';

/** What a step runs: for any number of windows, and for few. */
export interface StepPipelines {
  readonly many: GPUComputePipeline;
  readonly few: GPUComputePipeline;
}

/** Compiles the pipelines of a model, each text once, all at the same time. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #dot: Dot;
  readonly #known = new Map<string, Promise<GPUComputePipeline>>();
  readonly #layouts = new Map<number, GPUBindGroupLayout>();

  constructor(device: GPUDevice, dot: Dot) {
    this.#device = device;
    this.#dot = dot;
  }

  compile({ steps, buffers }: Pick<Lowering, 'steps' | 'buffers'>): Promise<StepPipelines[]> {
    return Promise.all(
      steps.map(async ({ pass, reads }) => {
        const layouts = Object.fromEntries(Object.entries(reads).map(([name, buffer]) => [name, buffers[buffer]!]));
        const [many, few] = await Promise.all([
          this.#pipeline(pass, pass.program, layouts),
          this.#pipeline(pass, pass.few ?? pass.program, layouts),
        ]);
        return { many, few };
      }),
    );
  }

  /**
   * The layout of a pass's bindings: 0 `params`, then what it reads, what it writes, and its constants. Not the one that a pipeline can derive
   * from its shader: that leaves out what the shader does not use.
   */
  layoutOf({ reads, constants }: Pass): GPUBindGroupLayout {
    const read = Object.keys(reads).length;
    const key = 2 * read + (constants === null ? 0 : 1);
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const types: GPUBufferBindingType[] = [
      'uniform',
      ...Array<GPUBufferBindingType>(read).fill('read-only-storage'),
      'storage',
      ...(constants === null ? [] : (['read-only-storage'] as const)),
    ];
    const entries = types.map((type, binding) => ({ binding, visibility: computeStage, buffer: { type } }));
    const layout = this.#device.createBindGroupLayout({ entries });
    this.#layouts.set(key, layout);
    return layout;
  }

  #pipeline(pass: Pass, program: Program, reads: Readonly<Record<string, Layout>>): Promise<GPUComputePipeline> {
    const code = assemble(program, { reads, hasConstants: pass.constants !== null }, this.#dot);
    const known = this.#known.get(code) ?? this.#create(code, this.layoutOf(pass));
    this.#known.set(code, known);
    return known;
  }

  #create(code: string, layout: GPUBindGroupLayout): Promise<GPUComputePipeline> {
    return this.#device.createComputePipelineAsync({
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ code }), entryPoint: 'main' },
    });
  }
}
