// The names of what goes over the wire, as the gateway's OpenAPI document has it.
export {};
