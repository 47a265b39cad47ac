// Written by tools/build.mjs from the OpenAPI document: change nothing here.
export {};
