// Whose a GPT-Live session is: only the same key, organization and project may attach to it or hang it up.

export interface Owner {
  key: string;
  organization: string | undefined;
  project: string | undefined;
}

// Access tokens are renewed while a session runs; all are of one service account here.
const ACCESS_TOKEN = /^oat_/;

/** By the key, which was checked, and the headers of a request. */
export const ownerOf = (key: string, header: (name: string) => string | undefined): Owner => ({
  key: ACCESS_TOKEN.test(key) ? "an access token" : key,
  organization: header("openai-organization"),
  project: header("openai-project"),
});
