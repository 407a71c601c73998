/** How many items of a stream the host reads ahead of its reader at most. */
export const WINDOW_ITEMS = 32;

/** How large the items that were read ahead are when the host stops reading on, in bytes, about. */
export const WINDOW_BYTES = 262_144;
