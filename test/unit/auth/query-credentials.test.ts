// Credentials in a query string, by the name of a parameter and by the form of its value.
import { expect, it } from "vitest";
import { holdsCredential } from "../../../server/auth/query-credentials.ts";

it.each([
  ...[
    "token=x",
    "access_token=",
    "API_KEY=1",
    "api-key=1",
    "a=1&Authorization=x",
    "jwt=1",
    "%74oken=x",
    "a=1&token",
  ],
  ...[
    "q=ek_68af296e8e408191",
    "q=sk-proj-0123456789abcdef",
    "q=sk-0123456789abcdef0",
    "x=eyJhbGciOi.eyJzdWIi.c2ln",
  ],
  ...["x=Bearer+0123456789abcdef", "x=Bearer%200123456789abcdef", "x=%65k_68af296e8e408191"],
])("%s holds one", (query) => {
  expect(holdsCredential(query)).toBe(true);
});

it.each([
  ...[
    "",
    "a=1",
    "tokens=5",
    "time_zone=Europe/Paris",
    "q=task-force-0123456789abcdef",
    "text=ek_short",
    "q=sk-ill",
  ],
  ...["text=Bearer+of+bad+news", "text=a+Bearer+in+the+queue", "name=Jeyhan", "%E0%A4%A"],
])("%j holds none", (query) => {
  expect(holdsCredential(query)).toBe(false);
});
