import { serve } from './host.ts';

// The worker's script: dist/worker.js.
serve(self);
