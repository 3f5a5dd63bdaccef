import type { AsyncModel } from '../async-model.ts';
import { load } from '../load.ts';
import { loadBytes, Model } from '../model.ts';
import { failureOf } from './failure.ts';
import {
  buffersOf,
  type Answer,
  type Call,
  type CallName,
  type Calls,
  type HostInfo,
  type LoadRequest,
  type Request,
} from './protocol.ts';

/** One end of a message channel: `self` in a worker. */
export interface Port {
  postMessage(message: Answer, options: { transfer: Transferable[] }): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Request }) => void): void;
}

/** Methods answer at once where the model computes in this thread, and with a promise on an accelerator. */
type AnyModel = Model | AsyncModel;
type Method<Name extends CallName> = (
  model: AnyModel,
  args: Calls[Name]['args'],
) => Calls[Name]['result'] | Promise<Calls[Name]['result']>;

const methods: { readonly [Name in CallName]: Method<Name> } = {
  run: (model, [window]) => model.run(window),
  runBatch: (model, [windows]) => model.runBatch(windows),
  push: (model, [sample]) => model.push(sample),
  pushBatch: (model, [samples]) => model.pushBatch(samples),
  reset: (model) => model.reset(),
  encode: (model, [window]) => model.encode(window),
  decode: (model, [code]) => model.decode(code),
  generate: (model, [seed]) => model.generate(seed),
  reconstruction: (model) => (model instanceof Model ? model.reconstruction : model.reconstruction()),
  errors: (model) => (model instanceof Model ? model.errors : model.errors()),
  contributions: (model) => model.contributions(),
  verify: (model) => model.verify(),
};

/** The one dispatch by name: the table has the method that the call's arguments belong to. */
const invoke = (model: AnyModel, { name, args }: Call) => (methods[name] as Method<CallName>)(model, args);

/** Loads the model that the first request asks for and answers the others, one after the other. */
export function serve(port: Port): void {
  const state: { model: AnyModel | null; told: string } = { model: null, told: '' };
  const send = (message: Answer): void => port.postMessage(message, { transfer: buffersOf(message) });
  const answer = async (request: Request): Promise<Answer> => {
    if (request.kind === 'load') {
      state.model = await open(request);
      return { kind: 'loaded', info: infoOf(state.model) };
    }
    if (state.model === null) throw new Error('internal: a call to a model that is not loaded');
    const result = await invoke(state.model, request);
    return { kind: 'result', result, alarm: state.model.alarm };
  };
  /** Tells which back end computes, where that is news: behind the answer, which must come first. */
  const tell = (model: AnyModel, settled: boolean): void => {
    const info = infoOf(model);
    const choice = `${info.backend}: ${info.why}`;
    if (settled || choice !== state.told) send({ kind: 'info', info, settled });
    state.told = choice;
  };
  let last: Promise<void> = Promise.resolve();
  port.addEventListener('message', ({ data }) => {
    last = last.then(async () => {
      send(await answer(data).catch((error: unknown): Answer => ({ kind: 'failed', failure: failureOf(error) })));
      const { model } = state;
      if (model === null) return;
      if (data.kind === 'call') tell(model, false);
      else void settledOf(model).then(() => tell(model, true));
    });
  });
}

const settledOf = (model: AnyModel): Promise<unknown> => (model instanceof Model ? Promise.resolve() : model.settled);

async function open({ source, where, options }: LoadRequest): Promise<AnyModel> {
  const { backend, batch } = options;
  if (backend === 'wasm') return typeof source === 'string' ? load(source) : loadBytes(source, where);
  return load(source, { backend, ...(batch === null ? {} : { batch }) });
}

const infoOf = (model: AnyModel): HostInfo =>
  model instanceof Model ? { ...model.info, why: 'wasm was asked for', others: [] } : model.info;
