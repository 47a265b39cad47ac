// A client of a DPGN node's REST gateway: buy zero-knowledge proofs, follow them, fetch them.
export { Client, preimage } from "./client.js";
export { DpgnError, Problem, TaskFailed, UnexpectedAnswer, Unreachable } from "./errors.js";
