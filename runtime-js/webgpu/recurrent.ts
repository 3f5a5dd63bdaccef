import type { Unsupported } from './define.ts';

export const recurrent: Unsupported = {
  unsupported:
    'each step of a recurrent layer waits for the one before, and is smaller than what it costs to start it on a device',
};
