// The models that a relayed body names, in JSON and in forms: what two readers could read as two is refused.
import { describe, expect, it } from "vitest";
import { readMediaType } from "../../../../server/forms/media-type.ts";
import { boundaryOf } from "../../../../server/forms/multipart.ts";
import { formModels, jsonModels, modelsInQuery } from "../../../../server/relay/policy/model.ts";
import { namingBodies, ownDataBodies, refusedBodies, refusedForms } from "../../../support/model-bodies.ts";

const malformed = expect.objectContaining({ code: "request-malformed" });

describe("the models of a JSON body", () => {
  const modelsIn = (text: string) => jsonModels().finish(Buffer.from(text));

  it.each(namingBodies)("are found in %s", (text, model, others) => {
    expect(modelsIn(text)).toEqual({ model, others });
  });

  it("are none in the caller's own data and in schemas", () => {
    for (const text of ownDataBodies) expect(modelsIn(text), text).toEqual({ model: undefined, others: [] });
  });

  it.each(refusedBodies)("%s is refused", (_, text) => {
    expect(() => jsonModels().finish(Buffer.from(text as string))).toThrow(malformed);
  });

  it("cost no more to look for deep inside long names", () => {
    const msFor = (depth: number): number => {
      const [start, end] = [`{"${"x".repeat(1000)}":`.repeat(depth), "}".repeat(depth)];
      const body = `${start}[${'{"model":1},'.repeat(40_000)}1]${end}`;
      const began = process.cpuUsage();
      modelsIn(body);
      return process.cpuUsage(began).user / 1000;
    };
    msFor(1);
    expect(msFor(60)).toBeLessThan(10 * msFor(1));
  });

  it.each([
    ['{"Model":"a"}', "`Model` is not how `model` is spelled."],
    [`{"a":[${'{"model":"a"},'.repeat(1001)}1]}`, "The body names more than 1000 models."],
    ["[]", "The body must be a JSON object."],
    ['{"model":7}', "`model` must be a name."],
  ])("say what is wrong with %.30s", (text, message) => {
    expect(() => modelsIn(text)).toThrow(message);
  });

  it("say what is ambiguous", () => {
    expect(() => modelsIn('{"model":"a","model":"b"}')).toThrow(
      expect.objectContaining({
        message: "The body is ambiguous.",
        errors: [{ pointer: "/model", detail: "is given more than once" }],
      }),
    );
  });

  it("may be a thousand, with names of 256 letters", () => {
    const longest = "a".repeat(256);
    const text = `{"model":"${longest}","a":[${'{"model":"b"},'.repeat(1000)}1]}`;
    const { model, others } = modelsIn(text);
    expect([model, others.length]).toEqual([longest, 1000]);
    expect(() => modelsIn(`{"model":"${"a".repeat(257)}"}`)).toThrow(malformed);
  });

  it("are not what other names with the same letters are called", () => {
    const text = `{"remodel":"b","models":"c","mode":"d","am[o]del":"e","${".".repeat(60)}model":"f"}`;
    expect(modelsIn(text).model).toBeUndefined();
  });

  it("are refused while the body arrives, as soon as it can be known", () => {
    const reader = jsonModels();
    const bytes = Buffer.from('{"a":1,"Model":"b","c":[1,2]}');
    reader.feed(bytes, 8);
    expect(() => reader.feed(bytes, bytes.length - 3)).toThrow(malformed);
  });

  it("are read together with other names that are watched for, and the values are counted", () => {
    const found: unknown[] = [];
    const reader = jsonModels({
      isWatched: (bytes, start, end) => bytes.toString("utf8", start, end) === "user",
      found: (value, depth, path) => found.push([value, depth, path()]),
    });
    const bytes = Buffer.from('{"user":"u","model":"a","x":{"user":null,"model":"b","name":"n"}}');
    expect(reader.values()).toBe(0);
    expect(reader.finish(bytes)).toEqual({ model: "a", others: ["b"] });
    expect(found).toEqual([
      ["u", 1, ["user"]],
      [null, 2, ["x", "user"]],
    ]);
    expect(reader.values()).toBe(7);
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
  const readerFor = (contentType: string) => {
    const type = readMediaType(contentType);
    if (!type) throw new Error("no media type");
    return formModels(boundaryOf(type));
  };
  const modelIn = (bytes: Buffer, contentType: string): string | undefined =>
    readerFor(contentType).finish(bytes).model;

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

  it.each(refusedForms)("is refused when %s", async (_, fields) => {
    const [bytes, type] = await encode(fields);
    expect(() => modelIn(bytes, type)).toThrow(malformed);
  });

  it("may have 256 bytes, and names no others", async () => {
    const [bytes, type] = await encode([["model", "a".repeat(256)]]);
    expect(readerFor(type).finish(bytes)).toEqual({ model: "a".repeat(256), others: [] });
  });

  it("is refused as JSON", () => {
    const [head, tail] = ["--b\r\ncontent-disposition: form-data; name=model\r\n", '\r\n"a"\r\n--b--\r\n'];
    const modelAs = (type: string) => formModels("b").finish(Buffer.from(`${head}${type}${tail}`)).model;
    expect(modelAs("")).toBe('"a"');
    expect(modelAs("content-type: text/plain\r\n")).toBe('"a"');
    expect(() => modelAs("content-type: application/json\r\n")).toThrow(malformed);
  });

  it.each<[[string, string][], string]>([
    [[["Model", "a"]], "`Model` is not how `model` is spelled."],
    [
      [
        ["prompt", "a"],
        ["prompt", "b"],
      ],
      "The form gives a field more than once.",
    ],
    [[["model", "a".repeat(257)]], "`model` must be a name."],
  ])("says what is wrong with %.30j", async (fields, message) => {
    const [bytes, type] = await encode(fields);
    expect(() => modelIn(bytes, type)).toThrow(message);
  });

  it("comes with the other fields, and files have neither text nor bytes of it", async () => {
    const [bytes, type] = await encode([
      ["model", "whisper-1"],
      ["prompt", "gr\u00fcn"],
    ]);
    const reader = readerFor(type);
    expect(reader.textBytes()).toBe(0);
    reader.finish(bytes);
    expect(reader.textBytes()).toBe("whisper-1".length + Buffer.byteLength("gr\u00fcn"));
    expect(reader.fields(bytes)).toEqual([
      { name: "file", value: undefined },
      { name: "model", value: "whisper-1" },
      { name: "prompt", value: "gr\u00fcn" },
    ]);
  });
});

it("the models of a query are those that any reader could take for one", () => {
  expect(modelsInQuery("")).toEqual([]);
  expect(modelsInQuery("limit=2&model=a&MODEL%5B%5D=b&models=c")).toEqual(["a", "b"]);
});
