/**
 * Whether code can be generated from strings. `node --disallow-code-generation-from-strings` forbids it, which disables
 * compiled operations and learned record shapes.
 */
export const canGenerateCode = ((): boolean => {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
})();
