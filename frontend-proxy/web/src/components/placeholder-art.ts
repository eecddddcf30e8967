/** What the drawing of a product without a picture looks like: the same one for the same product. */

const HUES: Record<string, number> = {
  Electronics: 212,
  Furniture: 28,
  Accessories: 276,
  Clothing: 340,
  Home: 172,
  Sports: 96,
  Toys: 45,
  Beauty: 318,
};

/** One simple drawing a category, on a field of 48 by 48. */
const SYMBOLS: Record<string, string> = {
  Electronics: 'M10 12h28v19H10zM6 36h36M21 31l-1 5M27 31l1 5',
  Furniture: 'M15 8v20M33 8v20M15 12h18M15 19h18M13 28h22v5H13zM15 33v8M33 33v8',
  Accessories: 'M13 20h22v20H13zM18 20v-4a6 6 0 0 1 12 0v4M19 28h10v6H19z',
  Clothing: 'M17 9l-10 6 4 8 4-2v19h18V21l4 2 4-8-10-6c-2 5-12 5-14 0z',
  Home: 'M8 23L24 10l16 13M12 20v20h24V20M20 40V29h8v11',
  Sports:
    'M24 8a16 16 0 1 0 0 32 16 16 0 0 0 0-32zM8 24h32M24 8v32M13 13c7 6 7 16 0 22M35 13c-7 6-7 16 0 22',
  Toys: 'M9 26h14v14H9zM25 26h14v14H25zM17 9h14v14H17z',
  Beauty: 'M19 22h10v18H19zM21 22v-6h6v6M21 16l6-7v7M19 29h10',
};

const BOX = 'M8 16l16-8 16 8v17l-16 8-16-8zM8 16l16 8 16-8M24 24v17';

export interface Art {
  hue: number;
  symbol: string;
  /** Degrees that the weave is turned by. */
  turn: number;
  /** Width of its threads, and their distance. */
  thread: number;
  gap: number;
}

export function artOf(id: number, category: string): Art {
  // Knuth's multiplicative hash: neighbours in the list should not look alike.
  const mixed = Math.imul(id + 1, 2_654_435_761) >>> 0;
  return {
    hue: ((HUES[category] ?? 200) + (mixed % 25) - 12 + 360) % 360,
    symbol: SYMBOLS[category] ?? BOX,
    turn: 15 + ((mixed >>> 8) % 5) * 15,
    thread: 3 + ((mixed >>> 16) % 4),
    gap: 13 + ((mixed >>> 20) % 8),
  };
}
