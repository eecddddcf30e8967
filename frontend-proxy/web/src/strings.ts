/** Every word that people read, by who reads it. Functions where a number or a name belongs inside. */

import { buying } from './strings/buying';
import { frame } from './strings/frame';
import { people } from './strings/people';
import { selling } from './strings/selling';

export const text = { ...frame, ...people, ...buying, ...selling };

/** Reads well for people: `Electronics` and so on are shown as the server names them. */
export const CATEGORIES = [
  'Electronics',
  'Furniture',
  'Accessories',
  'Clothing',
  'Home',
  'Sports',
  'Toys',
  'Beauty',
];
