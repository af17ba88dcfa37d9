// What `--help` says.

export const help = `Usage: broker users COMMAND [options]

The users of this service and their tokens. These commands work while the service runs.

  add NAME             adds a user and prints the token, this once
    --profile PROFILE    a profile the user may use, instead of what the profiles allow; may be repeated
    --role ROLE          a role of the user; may be repeated
    --limit KIND=RATES   an own limit, such as "mints=5 per minute, 100 per day"; KIND is mints or tool_calls
  list                 shows all users
  rotate NAME          prints a new token; the old ones end after the overlap
    --overlap TIME       such as 30m, 24h (the default) or 7d; 0 ends them at once
  disable NAME         refuses the user and cuts off what is open, on every replica within a second
  enable NAME          lets the user in again
  remove NAME          forgets the user and the tokens
  token                prints a token for \`users:\` in broker.yaml, and keeps nothing

  --json               prints one line of JSON
  --help               prints this

It reads DATABASE_URL, TOKEN_HASH_KEY and broker.yaml (or BROKER_CONFIG) as the service does.`;
