import { loadBytes, type Model } from '../../../../runtime-js/model.ts';

let model: Model;
self.addEventListener('message', ({ data: { id, name, args } }) => {
  void (async () => {
    try {
      const m = model as unknown as Record<string, unknown>;
      let result: unknown;
      if (name === 'load') {
        if (args[1] !== 'wasm' && args[1] !== 'auto') throw new Error('not built yet');
        model = await loadBytes(args[0], 'artifact');
        result = { ...model.info, why: 'it was asked for', others: [], worker: true };
      } else result = typeof m[name] === 'function' ? (m[name] as (...a: unknown[]) => unknown).apply(model, args) : m[name];
      self.postMessage({ id, result, alarm: model.alarm });
    } catch (error) {
      self.postMessage({ id, error: String(error instanceof Error ? error.message : error) });
    }
  })();
});
