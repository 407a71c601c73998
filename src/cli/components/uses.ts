/** Which traits a component uses, as a list for people. */
export function usesInWords(
  { uses, requires }: { readonly uses: readonly string[]; readonly requires: readonly string[] },
  shown: (trait: string) => string = (trait) => trait,
): string {
  return uses
    .map((trait) => (requires.includes(trait) ? `${shown(trait)} (required)` : shown(trait)))
    .join(', ');
}
