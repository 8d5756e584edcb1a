/** The relative imports of a source text; those of programs that a test writes down stand further in. */
export function relativeImports(text: string): string[] {
  const statements = text.matchAll(/^(?:import |(?:import|export|\}).* from )['"](\.[^'"]*)['"]/gm);
  return [...statements].map(([, specifier = '']) => specifier);
}
