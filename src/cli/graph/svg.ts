/** Lays out DOT text as an SVG document. Graphviz is loaded when it is first needed, as it is large. */
export async function svgOfDot(dot: string): Promise<string> {
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  return viz.renderString(dot, { format: 'svg' });
}
