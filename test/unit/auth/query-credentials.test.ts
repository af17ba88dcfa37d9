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
    "apikey=1",
    "auth-token=1",
    "access-token=1",
    "bearer=1",
    "id_token=1",
  ],
  ...[
    "q=ek_68af296e8e408191",
    "q=sk-proj-0123456789abcdef",
    "q=sk-0123456789abcdef0",
    "q=rkb_0123abcd",
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
    "q=rkb_0123abc",
    "text=ek_68af296e8e408191 is a key",
  ],
  ...["text=Bearer+of+bad+news", "text=a+Bearer+in+the+queue", "name=Jeyhan", "%E0%A4%A"],
])("%j holds none", (query) => {
  expect(holdsCredential(query)).toBe(false);
});
