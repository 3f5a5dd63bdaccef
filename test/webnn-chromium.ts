import Chromium from '@sparticuz/chromium';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.ts';

/** A Chromium that has WebNN: Debian's is built without a back end for it. `flags`: beyond those that turn it on. */
export const launchWebNnChromium = async (flags: readonly string[] = []): Promise<Browser> =>
  launchChromium(['--enable-features=WebMachineLearningNeuralNetwork', ...flags], await Chromium.executablePath());
