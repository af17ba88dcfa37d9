// One request's story: who, what, each attempt at OpenAI, and why it ended as it did.
import type { ComponentChildren } from "preact";
import type { RequestStory } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { duration, fullTime, whole } from "../format/format.ts";
import { kindWords } from "../format/words.ts";
import { useLoaded } from "../state/use-loaded.ts";
import { Dialog } from "./dialog.tsx";
import { costOf, Status } from "./request-table.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  api: Api;
  id: string;
  timeZone: string;
  onClose(): void;
}

export const RequestDrawer = ({ api, id, timeZone, onClose }: Props) => {
  const { data, problem } = useLoaded(id, (signal) =>
    api.get<RequestStory>(`usage/requests/${encodeURIComponent(id)}`, signal),
  );
  return (
    <Dialog title="Request" kind="drawer" onClose={onClose}>
      {problem && <Trouble problem={problem} />}
      {data ? <Story request={data} timeZone={timeZone} /> : !problem && <p class="note">Loading…</p>}
    </Dialog>
  );
};

const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Story = ({ request, timeZone }: { request: RequestStory; timeZone: string }) => {
  const { story } = request;
  const { attempts = [], cause } = story;
  const used = usedBy(request);
  return (
    <>
      <p class="lead">
        <Status request={request} /> {request.story.why}
      </p>
      {request.problem && (
        <p class="note">
          <a href={`problems/${encodeURIComponent(request.problem)}`}>More about this refusal</a>
        </p>
      )}
      <dl class="facts">
        <Fact name="When">{fullTime(Date.parse(request.at), timeZone)}</Fact>
        <Fact name="Took">{duration(request.latency_ms)}</Fact>
        <Fact name="User">{request.user}</Fact>
        {request.team && <Fact name="Team">{request.team}</Fact>}
        <Fact name="What">
          {kindWords[request.kind]} <code>{`${story.method} ${story.route}`}</code>
        </Fact>
        {request.profile && <Fact name="Profile">{request.profile}</Fact>}
        {request.rule && <Fact name="Relay entry">{request.rule}</Fact>}
        {request.tool && <Fact name="Tool">{request.tool}</Fact>}
        {request.model && <Fact name="Model">{request.model}</Fact>}
        {request.upstream_key && <Fact name="Upstream key">{request.upstream_key}</Fact>}
        {request.cache && <Fact name="Response cache">{cacheWords[request.cache]}</Fact>}
        <Fact name="Cost">
          {costOf(request)} <span class="note">{sourceWords[request.source]}</span>
        </Fact>
        {request.tags.length > 0 && (
          <Fact name="Tags">
            {request.tags.map((tag) => (
              <span class="tag" key={tag}>
                {tag}
              </span>
            ))}
          </Fact>
        )}
      </dl>
      {used.length > 0 && (
        <>
          <h3>Used</h3>
          <dl class="facts">
            {used.map(([name, amount]) => (
              <Fact key={name} name={name}>
                {whole(amount)}
              </Fact>
            ))}
          </dl>
        </>
      )}
      {(attempts.length > 0 || story.limits.length > 0 || story.pointers.length > 0 || cause) && (
        <>
          <h3>How it went</h3>
          <ol class="steps">
            {story.limits.map((limit) => (
              <li key={limit} class="warning">
                Limit used up: <code>{limit}</code>
              </li>
            ))}
            {story.pointers.map((pointer) => (
              <li key={pointer} class="warning">
                Wrong in the input: <code>{pointer}</code>
              </li>
            ))}
            {attempts.map(({ key, outcome, ms }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: attempts stay in their order
              <li key={index} class={outcome === "ok" ? "fine" : "warning"}>
                Asked OpenAI with the key <b>{key}</b>: {outcome} after {duration(ms)}
              </li>
            ))}
            {cause && <li class="danger">{cause}</li>}
          </ol>
        </>
      )}
      {(request.contents ?? []).map(({ kind, text, is_cut }) => (
        <section key={kind}>
          <h3>{contentWords[kind]}</h3>
          {is_cut && <p class="note">Too long to keep whole: its middle is left out.</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
          <pre class="content" tabIndex={0}>
            {text}
          </pre>
        </section>
      ))}
      <h3>To look it up elsewhere</h3>
      <dl class="facts">
        <Fact name="Request id">
          <code>{request.id}</code>
        </Fact>
        {story.openai_request_id && (
          <Fact name="OpenAI's request id">
            <code>{story.openai_request_id}</code>
          </Fact>
        )}
        {story.session && (
          <Fact name="Session">
            <code>{story.session}</code>
          </Fact>
        )}
      </dl>
    </>
  );
};

const usedBy = (request: RequestStory): [string, number][] => {
  const all: [string, number][] = [
    ["Tokens in", request.input_tokens],
    ["Of those cached", request.cached_tokens],
    ["Tokens out", request.output_tokens],
    ["Seconds of sound", request.seconds],
    ["Images made", request.images],
  ];
  return all.filter(([, amount]) => amount > 0);
};

const cacheWords = { hit: "answered from it", joined: "joined a request under way", miss: "not in it" };

const contentWords = {
  prompts: "Prompt",
  answers: "Answer",
  tool_arguments: "Arguments of the tool",
  tool_results: "Result of the tool",
};

const sourceWords = {
  minted: "minted: what the key is used for is not known here",
  metered: "metered: OpenAI told the usage",
  reported: "reported by a page, which is not trusted",
};
