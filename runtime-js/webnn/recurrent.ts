import type { Unsupported } from './define.ts';

export const recurrent: Unsupported = {
  unsupported:
    'a recurrent layer stays on wasm: its steps wait for each other, and each is smaller than a call of an accelerator',
};
