// Whose a call is: it is joined and hung up only by the key, organization and project that made it.

export interface CallOwner {
  /** The key, or the service account of an access token. */
  holder: string;
  organization: string | undefined;
  project: string | undefined;
}

type Header = (name: string) => string | undefined;

/** The owner of a call that this request makes, or asks for. */
export const ownerOf = (holder: string, header: Header): CallOwner => ({
  holder,
  organization: header("openai-organization"),
  project: header("openai-project"),
});

export const isSameOwner = (one: CallOwner, other: CallOwner): boolean =>
  one.holder === other.holder && one.organization === other.organization && one.project === other.project;
