// The names of what goes over the wire, as the gateway's OpenAPI document has it.

import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type AccountTold = Schemas['AccountTold'];
export type AwardLine = Schemas['AwardLine'];
export type BlockRow = Schemas['BlockRow'];
export type BookTold = Schemas['BookTold'];
export type Bought = Schemas['Bought'];
export type CircuitQuoted = Schemas['CircuitQuoted'];
export type Code = Schemas['Code'];
export type CommitteeTold = Schemas['CommitteeTold'];
export type Explained = Schemas['Explained'];
export type HistoryTold = Schemas['HistoryTold'];
export type PeerRow = Schemas['PeerRow'];
export type PriceRow = Schemas['PriceRow'];
export type ProverRow = Schemas['ProverRow'];
export type QuoteTold = Schemas['QuoteTold'];
export type StatusTold = Schemas['StatusTold'];
export type TaskRow = Schemas['TaskRow'];
export type TaskTold = Schemas['TaskTold'];
export type Upload = Schemas['Upload'];
export type Verified = Schemas['Verified'];
export type Version = Schemas['Version'];

/** What is paid for a proof, and under which conditions; whatever is left out is as the gateway has it by default. */
export type Terms = Partial<Omit<Schemas['Order'], 'circuit_data' | 'r1cs' | 'wtns' | 'sym'>> & { reward: number };

/** What a circuit's price is asked for; whatever is left out is as the gateway has it by default. */
export type QuoteTerms = Omit<Schemas['QuoteOrder'], 'circuit_data' | 'r1cs' | 'sym'>;
