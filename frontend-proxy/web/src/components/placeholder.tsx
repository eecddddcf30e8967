/** A woven drawing in place of a picture. Colours are attributes: the policy forbids inline styles. */

import { useId } from 'react';
import { artOf } from './placeholder-art';

export function Placeholder({ id, category }: { id: number; category: string }) {
  const weave = useId();
  const { hue, symbol, turn, thread, gap } = artOf(id, category);
  const shade = (saturation: number, light: number) => `hsl(${hue} ${saturation}% ${light}%)`;

  return (
    <svg
      className="picture"
      viewBox="0 0 160 120"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
    >
      <defs>
        <pattern
          id={weave}
          width={gap}
          height={gap}
          patternUnits="userSpaceOnUse"
          patternTransform={`rotate(${turn})`}
        >
          <path d={`M0 0h${gap}M0 0v${gap}`} stroke={shade(45, 74)} strokeWidth={thread} />
        </pattern>
      </defs>
      <rect width="160" height="120" fill={shade(48, 84)} />
      <rect width="160" height="120" fill={`url(#${weave})`} />
      <circle cx="80" cy="60" r="37" fill={shade(50, 92)} />
      <path
        d={symbol}
        transform="translate(53 33) scale(1.125)"
        fill="none"
        stroke={shade(52, 30)}
        strokeWidth="2.4"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
