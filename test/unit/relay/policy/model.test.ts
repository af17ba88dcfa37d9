// The models that a relayed body names, in JSON and in forms: what two readers could read as two is refused.
import { describe, expect, it } from "vitest";
import { readMediaType } from "../../../../server/forms/media-type.ts";
import { boundaryOf } from "../../../../server/forms/multipart.ts";
import { formModels, jsonModels } from "../../../../server/relay/policy/model.ts";

const malformed = expect.objectContaining({ code: "request-malformed" });

describe("the models of a JSON body", () => {
  const modelsIn = (text: string) => jsonModels().finish(Buffer.from(text));

  it.each([
    ['{"model":"a","messages":[]}', "a", []],
    ['{"messages":[{"content":"\\"model\\":\\"b\\""}],"model":"a"}', "a", []],
    ['{"m\\u006fdel":"a"}', "a", []],
    ['{"messages":[]}', undefined, []],
    ['{"model":null}', undefined, []],
    ['{"model":"a","tools":[{"type":"image_generation","model":"b","svg":{"model":"c"}}]}', "a", ["b", "c"]],
    ['{"model":"a","input":[{"type":"tool_search_output","tools":[{"model":"b"}]}]}', "a", ["b"]],
    ['{"model":"a","moderation":{"model":"b"}}', "a", ["b"]],
    ['{"model":"a","tools":[{"MODEL":"b"},{"\\u006dodel":"c"}]}', "a", ["b", "c"]],
  ])("are found in %s", (text, model, others) => {
    expect(modelsIn(text)).toEqual({ model, others });
  });

  it("are none in the caller's own data and in schemas", () => {
    const own = [
      '{"metadata":{"model":"b"}}',
      '{"file_id":"file-1","attributes":{"model":"b"}}',
      '{"tools":[{"function":{"parameters":{"properties":{"model":{"type":"string","default":"b"}}}}}]}',
      '{"tools":[{"function":{"parameters":{"default":{"model":"b"}}}}]}',
      '{"text":{"format":{"schema":{"const":{"model":"b"}}}}}',
      '{"prompt":{"id":"pmpt_1","variables":{"model":"b"}}}',
    ];
    for (const text of own) expect(modelsIn(text), text).toEqual({ model: undefined, others: [] });
  });

  it.each([
    ["two of them", '{"model":"cheap","model":"dear"}'],
    ["two of them, one in disguise", '{"model":"cheap","mod\\u0065l":"dear"}'],
    ["one in large letters beside it", '{"model":"cheap","Model":"dear"}'],
    ["one in large letters alone", '{"MODEL":"dear"}'],
    ["one in full width", '{"\uFF4D\uFF4F\uFF44\uFF45\uFF4C":"dear"}'],
    ["one with a space", '{"model ":"dear"}'],
    ["one with a zero byte", '{"model\\u0000":"dear"}'],
    ["one in brackets", '{"model[]":"dear"}'],
    ["any name twice", '{"model":"a","messages":[{"content":"a","content":"b"}]}'],
    ["a name that reaches for the prototype", '{"model":"a","__proto__":{}}'],
    ["no name", '{"model":7}'],
    ["a name without end", `{"model":"${"a".repeat(300)}"}`],
    ["more names than anybody needs", `{"a":[${'{"model":"a"},'.repeat(1001)}1]}`],
    ["as many in a schema", `{"parameters":[${'{"model":"a"},'.repeat(1001)}1]}`],
    ["what is not UTF-8", Buffer.from('{"model":"a","b":"\xff"}', "latin1")],
    ["65 levels", `{"a":${"[".repeat(64)}${"]".repeat(64)}}`],
    ["no object", "[]"],
    ["no JSON", "{"],
    ["a byte order mark", '\uFEFF{"model":"a"}'],
    ["nothing", ""],
  ])("%s is refused", (_, text) => {
    expect(() => jsonModels().finish(Buffer.from(text as string))).toThrow(malformed);
  });

  it("cost no more to look for deep inside long names", () => {
    const msFor = (depth: number): number => {
      const [start, end] = [`{"${"x".repeat(1000)}":`.repeat(depth), "}".repeat(depth)];
      const body = `${start}[${'{"model":1},'.repeat(100_000)}1]${end}`;
      const began = process.cpuUsage();
      modelsIn(body);
      return process.cpuUsage(began).user / 1000;
    };
    msFor(1);
    expect(msFor(60)).toBeLessThan(10 * msFor(1));
  });

  it("nest 64 deep", () => {
    expect(modelsIn(`{"model":"a","b":${"[".repeat(63)}${"]".repeat(63)}}`).model).toBe("a");
  });
});

describe("the model of a form", () => {
  const encode = async (fields: [string, string | Blob][]) => {
    const form = new FormData();
    form.append("file", new Blob(["sound"]), "a.wav");
    for (const [name, value] of fields) form.append(name, value);
    const answer = new Response(form);
    return [Buffer.from(await answer.arrayBuffer()), answer.headers.get("content-type") ?? ""] as const;
  };
  const modelIn = (bytes: Buffer, contentType: string): string | undefined => {
    const type = readMediaType(contentType);
    if (!type) throw new Error("no media type");
    return formModels(boundaryOf(type)).finish(bytes).model;
  };

  it("is found after the file, or is not there", async () => {
    expect(modelIn(...(await encode([["model", "whisper-1"]])))).toBe("whisper-1");
    expect(
      modelIn(
        ...(await encode([
          ["image[]", "a"],
          ["image[]", "b"],
        ])),
      ),
    ).toBeUndefined();
  });

  it.each<[string, [string, string | Blob][]]>([
    [
      "there are two",
      [
        ["model", "a"],
        ["model", "b"],
      ],
    ],
    ["it is a file", [["model", new Blob(["a"])]]],
    [
      "another is spelled in large letters",
      [
        ["model", "a"],
        ["Model", "b"],
      ],
    ],
    ["it is a list", [["model[]", "a"]]],
    ["it has a name within", [["model[x]", "a"]]],
    ["it has no end", [["model", "a".repeat(300)]]],
    [
      "any other field is given twice",
      [
        ["model", "a"],
        ["prompt", "a"],
        ["prompt", "b"],
      ],
    ],
  ])("is refused when %s", async (_, fields) => {
    const [bytes, type] = await encode(fields);
    expect(() => modelIn(bytes, type)).toThrow(malformed);
  });
});
