// What an operator's own tools import: the module that they know as `realtime-key-broker`.
export { Failure } from "../failures/failure.ts";
export { type Answer, defineTool, type Tool, type ToolContext } from "./tool.ts";
