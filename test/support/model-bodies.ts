// Bodies that name models, by where and how they do.

/** The body, its model, and the others it names. */
export const namingBodies: [string, string | undefined, string[]][] = [
  ['{"model":"a","messages":[]}', "a", []],
  ['{"messages":[{"content":"\\"model\\":\\"b\\""}],"model":"a"}', "a", []],
  ['{"m\\u006fdel":"a"}', "a", []],
  ['{"messages":[]}', undefined, []],
  ['{"model":null}', undefined, []],
  ['{"model":"a","tools":[{"type":"image_generation","model":"b","svg":{"model":"c"}}]}', "a", ["b", "c"]],
  ['{"model":"a","input":[{"type":"tool_search_output","tools":[{"model":"b"}]}]}', "a", ["b"]],
  ['{"model":"a","moderation":{"model":"b"}}', "a", ["b"]],
  ['{"model":"a","tools":[{"MODEL":"b"},{"\\u006dodel":"c"}]}', "a", ["b", "c"]],
];

/** The caller's own data and schemas. */
export const ownDataBodies = [
  '{"tools":[{"input_schema":{"model":"b"}}]}',
  '{"metadata":{"model":"b"}}',
  '{"file_id":"file-1","attributes":{"model":"b"}}',
  '{"tools":[{"function":{"parameters":{"properties":{"model":{"type":"string","default":"b"}}}}}]}',
  '{"tools":[{"function":{"parameters":{"default":{"model":"b"}}}}]}',
  '{"text":{"format":{"schema":{"const":{"model":"b"}}}}}',
  '{"prompt":{"id":"pmpt_1","variables":{"model":"b"}}}',
];

/** What two readers could read as two, or no reader as one. */
export const refusedBodies: [string, string | Buffer][] = [
  ["two of them", '{"model":"cheap","model":"dear"}'],
  ["two of them, one in disguise", '{"model":"cheap","mod\\u0065l":"dear"}'],
  ["one in large letters beside it", '{"model":"cheap","Model":"dear"}'],
  ["one in large letters alone", '{"MODEL":"dear"}'],
  ["one in full width", '{"\uFF4D\uFF4F\uFF44\uFF45\uFF4C":"dear"}'],
  ["one with a space", '{"model ":"dear"}'],
  ["one with a zero byte", '{"model\\u0000":"dear"}'],
  ["one in brackets", '{"model[]":"dear"}'],
  ["one in brackets alone", '{"[model]":"dear"}'],
  ["one after a digit", '{"1model":"dear"}'],
  ["one between 59 other signs", `{"model${".".repeat(59)}":"dear"}`],
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
];

/** The fields of a form, and why it is refused. */
export const refusedForms: [string, [string, string | Blob][]][] = [
  [
    "there are two",
    [
      ["model", "a"],
      ["model", "b"],
    ],
  ],
  ["it is a file", [["model", new Blob(["a"])]]],
  ["it is a file of text", [["model", new Blob(["a"], { type: "text/plain" })]]],
  ["it has 257 bytes", [["model", "a".repeat(257)]]],
  ["it has 257 bytes and fewer letters", [["model", `${"\u00e9".repeat(128)}a`]]],
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
];
