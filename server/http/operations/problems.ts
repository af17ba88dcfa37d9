// GET /problems and /problems/<code>: what a refusal means and what to do, for people.
import { html } from "hono/html";
import { Failure, failureCodes, failureKind, isFailureCode } from "../../failures/failure.ts";
import type { Handler } from "../context.ts";

const headers = { "cache-control": "public, max-age=3600" };

const document = (title: string, main: ReturnType<typeof html>) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body>
<main>
<h1>${title}</h1>
${main}
</main>
</body>
</html>`;

/** Lists every way this service refuses. */
export const listProblems = (): Handler => async (c) => {
  const rows = failureCodes.map(
    (code) =>
      html`<li><a href="/problems/${code}">${failureKind(code).status} ${failureKind(code).title}</a></li>`,
  );
  return c.html(document("Why a request was refused", html`<ul>${rows}</ul>`), 200, headers);
};

/** Explains one. */
export const explainProblem = (): Handler => async (c) => {
  const code = c.req.param("code") ?? "";
  if (!isFailureCode(code)) throw new Failure("not-found", "There is no problem of this name.");
  const { status, title, advice } = failureKind(code);
  const main = html`<p>Status ${status}, <code>${code}</code></p>
<p>${advice}</p>
<p><a href="/problems">All problems</a></p>`;
  return c.html(document(title, main), 200, headers);
};
