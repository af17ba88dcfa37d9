// User and password in an address: they would be told in logs and warnings, and the web platform's fetch refuses them.

/** The part between `//` and `@`, though the address as a whole may not be valid. */
export const hasCredentials = (url: string): boolean => /^[a-z]+:\/\/[^/?#]*@/i.test(url);

export const NO_CREDENTIALS = "must have no user or password in it";
