// GET /problems and /problems/<code>: what a refusal means and what to do, for people.
import { html } from "hono/html";
import { Failure, failureCodes, failureKind, isFailureCode } from "../../failures/failure.ts";
import { replyOf } from "../answer.ts";
import { operation } from "../operation.ts";

const headers = {
  "content-type": "text/html; charset=UTF-8",
  "cache-control": "public, max-age=3600",
};

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
export const problemList = operation({
  routes: { "GET /problems": "listProblems" },
  summary: "Every way this service refuses",
  answer: replyOf("A page.", { "text/html": "text" }),
}).handle(({ outgoing: { basePath } }) => {
  const rows = failureCodes.map(
    (code) =>
      html`<li><a href="${basePath}/problems/${code}">${failureKind(code).status} ${failureKind(code).title}</a></li>`,
  );
  return { headers, body: String(document("Why a request was refused", html`<ul>${rows}</ul>`)) };
});

/** Explains one. */
export const problemPage = operation({
  routes: { "GET /problems/:code": "explainProblem" },
  summary: "What one refusal means and what to do",
  pathParameters: { code: "The last part of a problem's `type`." },
  answer: replyOf("A page.", { "text/html": "text" }),
  failures: ["not-found"],
}).handle(({ path, outgoing }) => {
  const code = path.slice("/problems/".length);
  if (!isFailureCode(code)) throw new Failure("not-found", "There is no problem of this name.");
  const { status, title, advice } = failureKind(code);
  const main = html`<p>Status ${status}, <code>${code}</code></p>
<p>${advice}</p>
<p><a href="${outgoing.basePath}/problems">All problems</a></p>`;
  return { headers, body: String(document(title, main)) };
});
