import Chromium from '@sparticuz/chromium';

/** Before all tests: the package unpacks its Chromium where it is missing, and two workers that do so at once would trip over each other. */
export const setup = async (): Promise<void> => void (await Chromium.executablePath());
