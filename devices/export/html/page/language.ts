/**
 * Before uPlot is read, which asks Intl for numbers in the browser's language: WebKit on a machine without a locale calls that "C", which
 * Intl refuses.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
