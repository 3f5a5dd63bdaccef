import { serve } from '../../../../runtime-js/worker/host.ts';

// The model lives here, so that scoring never holds up the page.
serve(self);
