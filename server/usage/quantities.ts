// How much of what OpenAI bills for: tokens by kind, seconds of sound, images. Pure.

/**
 * No two of them count the same token: the input is the sum of its kinds, cached ones among them. What OpenAI did not tell is zero.
 */
export interface Quantities {
  textIn: number;
  textCached: number;
  /** Input that OpenAI wrote to its prompt cache, where that has a price of its own. */
  textCacheWrites: number;
  textOut: number;
  audioIn: number;
  audioCached: number;
  audioOut: number;
  imageIn: number;
  imageCached: number;
  imageOut: number;
  /** Where OpenAI bills by time: of sound, in seconds. */
  seconds: number;
  /** Images that were made. */
  images: number;
}

export type QuantityKind = keyof Quantities;

/** In the order of the database's columns, with their names there. */
export const quantityColumns = {
  textIn: "text_in",
  textCached: "text_cached",
  textCacheWrites: "text_cache_writes",
  textOut: "text_out",
  audioIn: "audio_in",
  audioCached: "audio_cached",
  audioOut: "audio_out",
  imageIn: "image_in",
  imageCached: "image_cached",
  imageOut: "image_out",
  seconds: "seconds",
  images: "images",
} as const satisfies Record<QuantityKind, string>;

export const noQuantities: Quantities = {
  ...{ textIn: 0, textCached: 0, textCacheWrites: 0, textOut: 0 },
  ...{ audioIn: 0, audioCached: 0, audioOut: 0, imageIn: 0, imageCached: 0, imageOut: 0 },
  ...{ seconds: 0, images: 0 },
};

/** All tokens that went in, cached ones too. */
export const inputTokensIn = (used: Quantities): number =>
  used.textIn +
  used.textCached +
  used.textCacheWrites +
  used.audioIn +
  used.audioCached +
  used.imageIn +
  used.imageCached;

export const outputTokensIn = (used: Quantities): number => used.textOut + used.audioOut + used.imageOut;

/** What one answer used and what it cost. */
export interface Spent {
  quantities: Quantities;
  /** Billionths of a US dollar; undefined where the model has no known price, or OpenAI told no usage. Never zero for want of a price. */
  costNanoUsd: number | undefined;
}
