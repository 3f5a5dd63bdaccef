import { chromium } from './chromium.ts';
import type { Engine } from './define.ts';
import { firefox } from './firefox.ts';
import { webkit } from './webkit.ts';

/** The three engines that browsers are made of, as Debian packages them. */
export const engines: readonly Engine[] = [chromium, firefox, webkit];
