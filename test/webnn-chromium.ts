import Chromium from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

/** A Chromium that has WebNN: Debian's is built without a back end for it. */
export const launchWebNnChromium = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: await Chromium.executablePath(),
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--enable-features=WebMachineLearningNeuralNetwork',
    ],
  });
