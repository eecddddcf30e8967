/** Grey shapes of the size of what is coming; they appear after 150 ms, so that fast answers do not flicker. */

interface Props {
  kind: 'title' | 'text' | 'row' | 'card';
  count?: number;
}

export function Skeleton({ kind, count = 1 }: Props) {
  return Array.from({ length: count }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the shapes are all alike and never move
    <div key={index} className={`skeleton skeleton-${kind}`} aria-hidden="true" />
  ));
}
