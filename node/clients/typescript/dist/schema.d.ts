export interface paths {
    "/api/v1/accounts/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows what an account has, and what is locked
         * @description An account that the ledger does not know has nothing, and a newcomer's reputation.
         */
        get: operations["account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/reputation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Explains an account's reputation as a prover: every term, and who gave it weight */
        get: operations["reputation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/statement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells what came to an account and what went, block by block
         * @description It applies the blocks again, which takes long if they are many; one such question is answered at a time.
         */
        get: operations["statement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/awards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the live awards, by task */
        get: operations["awards"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists decided blocks, the newest first */
        get: operations["blocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/blocks/{height}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a decided block, and its ops page by page */
        get: operations["block"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/book": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the order book: standing asks, what is for sale at which price, and bids that wait
         * @description Without a level or size, `depth` has those that somebody bids for, or has had proved of late.
         */
        get: operations["book"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/candidates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells how the election at the end of this epoch stands
         * @description All candidates, what counts for each, who may be elected, and who would have which power.
         */
        get: operations["candidates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/committee": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows the committee in office */
        get: operations["committee"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams what this node notices
         * @description Each event has a name, an `id` and JSON data with `event` and `at`. Names: `block`, `jumped`, `opened`, `awarded`,
         *     `started`, `progress`, `award_ended`, `stalled`, `delivered`, `settled`, `completed`, `failed`, `proving_locally` and
         *     `proved_locally`: the node proves an own task itself, and `reset`: some were missed, so what is shown must be read anew. `Last-Event-ID` resumes behind that event; the last 4,096 are remembered.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the peers that are connected, by account */
        get: operations["peers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what proofs were paid of late, by level and size */
        get: operations["list_prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/provers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the provers that sell, work or were paid of late, by account */
        get: operations["list_provers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Quotes what a proof costs now, who would make it, and when it would be there
         * @description Times are from now, and hold if nobody else bids in between.
         */
        get: operations["quote"];
        put?: never;
        /**
         * Quotes what a proof of a circuit costs now
         * @description The circuit is built, as for a purchase, and nothing is bought or kept: the answer says how large it and its proofs are, what
         *     the lint finds in it, what a proof costs, who would make it, and when it would begin and be paid. A large circuit takes
         *     seconds.
         */
        post: operations["quote_circuit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows how this node is */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists tasks, the newest first */
        get: operations["list"];
        put?: never;
        /**
         * Buys a proof
         * @description The node checks the witness, builds the circuit and sends the bid, for its own account; after any error but
         *     `sent_unseen` nothing was sent or charged. A request that is repeated with its `Idempotency-Key` is answered with the task
         *     that the first one has bought; a repetition has the same values, in any order and layout.
         */
        post: operations["submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows a task
         * @description An own task is found by its UUID too. With `wait` the answer comes once the task is over, or after so many seconds as
         *     the task stands then.
         */
        get: operations["show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes an own task back
         * @description After the award its prover is paid for the time that it has spent. The answer is the task as it stands: a block has to
         *     take the cancellation up.
         */
        post: operations["cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams what happens to a task until it is over
         * @description A stream that does not resume begins with the event `state`, whose data are the task as it stands; of a task that is over,
         *     `completed` or `failed` follows at once. Then come the events of the task, as `/api/v1/events` has them, and the stream
         *     ends with `completed`, `failed`, or, for somebody else's task, `settled`. Who resumes behind the end gets 204.
         */
        get: operations["task_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explains a task
         * @description Why it stands as it does, who has it and by which score, what each standing ask answers while it waits, whose fault a
         *     failure is.
         */
        get: operations["explain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells all that blocks have decided about a task
         * @description It applies the blocks of the task's life again, which takes long if they are many; one such question is answered at a
         *     time.
         */
        get: operations["history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives an own task's proof, as bytes */
        get: operations["proof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gives the receipt of an own, paid task, as bytes
         * @description It shows anybody what was paid, to whom and for which proof, from the genesis or a checkpoint alone:
         *     `dpgn verify-receipt` checks it.
         */
        get: operations["receipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/verifier-data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives the verifier data of an own task's circuit, which check the proof */
        get: operations["verifier_data"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verifies an own task's proof once more, in a worker of this node */
        post: operations["verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uploads/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows how much of a file is here */
        get: operations["look"];
        /**
         * Uploads a file, or the rest of one
         * @description The file is named by the SHA-256 of its bytes. If the body breaks off, what has come stays for a day: ask how many bytes are
         *     here, and send the rest with that `offset`. Once the body is at its end, the bytes are compared with the name.
         */
        put: operations["put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists all webhooks */
        get: operations["list_webhooks"];
        put?: never;
        /**
         * Has events of own tasks sent to a URL
         * @description Messages are those of Standard Webhooks (https://www.standardwebhooks.com), signed with Ed25519 by a key of this webhook's own;
         *     they come in the order of the blocks, at least once, with the same `webhook-id` each time.
         */
        post: operations["create_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a webhook */
        get: operations["show_webhook"];
        put?: never;
        post?: never;
        /** Removes a webhook, with all that waits for it */
        delete: operations["remove_webhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends to a webhook again that was disabled; one that fails is tried at once */
        post: operations["enable_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs a webhook's messages with a fresh key
         * @description The key before it signs too for a day, so that a receiver can be given the new one in between.
         */
        post: operations["rotate_webhook_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a webhook the message `webhook.test`, once and at once */
        post: operations["test_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that this process lives */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells the metrics of this node, for Prometheus */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists all provers
         * @description Those that have registered here come first, then those of the network whose asks stand.
         */
        get: operations["all_provers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provers/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that a prover is there */
        post: operations["heartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provers/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Registers a prover */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says whether the node follows its network and takes orders */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submits a task */
        post: operations["post_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/assign/{prover_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hands a prover the next task
         * @description A prover that asks is what this node sells: its ask stands while provers ask for work.
         */
        get: operations["assign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a task back that a prover will not prove
         * @description Another prover that asks is given it at once, or the node makes the proof itself. A task that the prover does not have is
         *     passed over; the answer is what it still has.
         */
        post: operations["release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands in a proof */
        post: operations["result"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{task_id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells how a task stands */
        get: operations["task_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Names the version of the program and the network */
        get: operations["version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account, as this node's replica of the ledger has it. */
        AccountTold: {
            /** @description The account that is asked about. */
            account: string;
            /** @description What it has. */
            balance: components["schemas"]["BalanceRow"];
            candidate: components["schemas"]["CandidateRow"] | null;
            /** @description Whether the ledger knows it. */
            is_known: boolean;
            /** @description Whether it sells now, or has outcomes as a prover. */
            is_prover: boolean;
            /** @description The address that its payouts are for, and what it can show a contract. */
            payout: components["schemas"]["PayoutRow"];
            /**
             * Format: double
             * @description The reputation as a prover, 0 to 1; that of a newcomer if it has no outcomes.
             */
            reputation: number;
            stakes: components["schemas"]["StakesRow"] | null;
        };
        /** @description The provers that prove for this node over HTTP, all together. */
        AgentsTold: {
            /** @description Those of them that ask for work. */
            asking: number;
            /** @description Those that get none for a while, since their proofs were false. */
            barred: number;
            /** @description Proofs that they are at work on. */
            held: number;
            /**
             * Format: int32
             * @description The proofs that they make at once, which this node sells if its owner allows as many.
             */
            lanes: number;
            /** @description Those that have said something in the last two minutes. */
            live: number;
            /** @description Proofs that they were offered and that a worker of the node makes. */
            own: number;
            /** @description Proofs that wait for one of them. */
            waiting: number;
        };
        /** @description What one ask answers to a bid. */
        AnswerRow: {
            /** @description The prover whose ask this is. */
            prover: string;
            terms: components["schemas"]["TermsRow"] | null;
            /** @description Why it cannot; null if it can. */
            why: string | null;
        };
        /** @description What the standing asks answer to a bid. */
        AnswersRow: {
            /** @description The best asks and the one that was asked about, the best first. */
            asks: components["schemas"]["AnswerRow"][];
            /**
             * Format: int64
             * @description The reward that asks are scored against, in micro-credits; null if none is eligible.
             */
            effective: number | null;
            /**
             * Format: int64
             * @description The number of asks that can be awarded the bid.
             */
            eligible: number;
            /**
             * Format: double
             * @description The weight of the price in a score, 0 to 1.
             */
            price_weight: number;
            /** @description Why the others cannot, and how many of them. */
            refused: components["schemas"]["RefusalRow"][];
            /**
             * Format: double
             * @description The weight of the reputation in a score, 0 to 1.
             */
            reputation_weight: number;
        };
        /** @description A standing ask: what a prover sells. */
        AskRow: {
            /** @description The builders that the prover has: the kinds of circuits it can build. */
            builders: string[];
            /**
             * Format: int32
             * @description The most awards that are held at once.
             */
            capacity: number;
            /**
             * Format: int64
             * @description The most collateral for one award, in micro-credits.
             */
            collateral_max: number;
            /**
             * Format: int32
             * @description The largest circuit that is taken, as the base-2 logarithm of its padded rows.
             */
            degree_max: number;
            /** @description The time after which it is void. */
            expires_at: string;
            /**
             * Format: int64
             * @description The part of every price that does not grow with the work, in micro-credits.
             */
            flat: number;
            /** @description The account that puts up the collateral. */
            guarantor: string;
            /**
             * Format: int64
             * @description What the guarantor has that is free, in micro-credits: no award can take more.
             */
            guarantor_free: number;
            /**
             * Format: int64
             * @description The awards that are held now.
             */
            held: number;
            /**
             * Format: int32
             * @description The proofs that are made at once.
             */
            lanes: number;
            /** @description Price and speed by privacy level. */
            offers: components["schemas"]["OfferRow"][];
            /** @description The prover whose ask this is. */
            prover: string;
            /** @description The time since which it stands at this price. */
            since_at: string;
        };
        /** @description A proof that a prover is to make. */
        AssignedTask: {
            /**
             * Format: int32
             * @description The number of the award of the task.
             */
            award: number;
            /** @description The circuit with its inputs, which are secret, as an envelope. */
            circuit_data: number[];
            /** @description The id that the circuit must have which is built from `circuit_data`: 64 hexadecimal digits. */
            circuit_id: string;
            /**
             * Format: date-time
             * @description The time by which the network wants the proof; the node needs it some seconds before.
             */
            due: string;
            /**
             * Format: int32
             * @description The order of service that the requester has bought.
             */
            priority: number;
            /**
             * Format: int32
             * @description The privacy level to prove at.
             */
            privacy_level: number;
            /** @description The name that the requester gave itself, or its account. */
            requester: string;
            /**
             * Format: int64
             * @description The most that the requester pays, in thousandths of a credit.
             */
            reward_amount: number;
            /** @description The four numbers that the proof must carry as its first public inputs, in decimal digits: they have up to 56 bits. */
            tag: string[];
            /**
             * Format: uuid
             * @description The requester's own name for the task.
             */
            task_id: string;
        };
        /** @description An award that came to nothing. */
        AttemptRow: {
            /** @description The time of the block that ended it. */
            at: string;
            /**
             * Format: double
             * @description The part of a failure that it counts in the prover's reputation, 0 to 1; null if that is open.
             */
            blame: number | null;
            /** @description How it ended. */
            end: components["schemas"]["EndRow"];
            /** @description Whether a proof came after its end, and was kept. */
            has_late_proof: boolean;
            /** @description Whether the prover's word about the requester counts. */
            is_heard: boolean;
            /**
             * Format: int32
             * @description The number of the award among those of its task, from 1.
             */
            number: number;
            /**
             * Format: int64
             * @description The price of a valid proof, in micro-credits.
             */
            price: number;
            /** @description The prover that held it. */
            prover: string;
            /**
             * Format: int64
             * @description The part of its collateral that was burned, in micro-credits.
             */
            slashed: number;
        };
        /** @description An award that is live. */
        AwardLine: {
            /** @description The time of the block that made it. */
            at: string;
            /**
             * Format: int64
             * @description The micro-credits at stake.
             */
            collateral: number;
            /** @description The time by which the proof is owed. */
            due_at: string;
            /**
             * Format: int32
             * @description The number of the award among those of its task, from 1.
             */
            number: number;
            /**
             * Format: int32
             * @description The part of the whole proof that the prover says is done, in thousandths.
             */
            permille: number | null;
            /**
             * Format: int64
             * @description The price of a valid proof, in micro-credits.
             */
            price: number;
            /** @description The prover that holds it. */
            prover: string;
            /** @description The account that buys the proof. */
            requester: string;
            /** @description The stage that the prover says it is at; null before it works. */
            stage: string | null;
            /** @description The time of the prover's `Start`; null before it. */
            started_at: string | null;
            /** @description The task that it is about. */
            task: string;
        };
        /** @description A live award. */
        AwardRow: {
            /**
             * Format: int64
             * @description The price that the winner opened in a sealed round; null if there was none.
             */
            asked: number | null;
            /** @description The time of the block that made it. */
            at: string;
            /**
             * Format: int64
             * @description The micro-credits at stake.
             */
            collateral: number;
            /** @description The time by which the proof is owed. */
            due_at: string;
            /** @description The account that put up the collateral. */
            guarantor: string;
            /**
             * Format: int32
             * @description The number of the award among those of its task, from 1.
             */
            number: number;
            /**
             * Format: int64
             * @description The price of a valid proof, in micro-credits.
             */
            price: number;
            /** @description The prover that holds it. */
            prover: string;
            runner_up: components["schemas"]["TermsRow"] | null;
            /** @description The time by which `Start` is owed. */
            start_by_at: string;
            /** @description The time of the prover's `Start`; null before it. */
            started_at: string | null;
            /** @description The winner's terms. */
            terms: components["schemas"]["TermsRow"];
        };
        /** @description The credits of an account, in micro-credits. */
        BalanceRow: {
            /**
             * Format: int64
             * @description What it can use.
             */
            available: number;
            /**
             * Format: int64
             * @description What is locked for its awards.
             */
            collateral: number;
            /**
             * Format: int64
             * @description What is locked for its bids.
             */
            escrow: number;
        };
        /** @description A decided block, without its ops. */
        BlockRow: {
            /** @description The bytes of the block with its certificate. */
            bytes: number;
            /**
             * Format: int64
             * @description The epoch that its height falls into.
             */
            epoch: number;
            /** @description The hash of its header, which names it. */
            hash: string;
            /**
             * Format: int64
             * @description The height of the block.
             */
            height: number;
            /** @description The number of ops in it. */
            ops: number;
            /** @description The hash of the block below; zeros for the first block. */
            parent: string;
            /** @description The coordinator that has proposed it. */
            proposer: string;
            /**
             * Format: int32
             * @description The round in which it was decided, from 0.
             */
            round: number;
            /** @description The time of the block. */
            time_at: string;
            /** @description The number of votes in its certificate. */
            votes: number;
        };
        /** @description A decided block, and a page of its ops. */
        BlockTold: components["schemas"]["BlockRow"] & {
            /** @description Its ops, in the order in which they were applied. */
            items: components["schemas"]["OpRow"][];
            /** @description The cursor of the next page of ops; null on the last one. */
            next_cursor: string | null;
        };
        /** @description The order book. */
        BookTold: {
            /** @description The standing asks, by prover: the first 500. */
            asks: components["schemas"]["AskRow"][];
            /** @description The bids that wait for an award, the first to be served first: at most 200. */
            bids: components["schemas"]["TaskRow"][];
            /** @description What is for sale at which price, by level and size. */
            depth: components["schemas"]["Shelf"][];
        };
        /** @description A purchase that is on its way. */
        Bought: {
            /** @description The task as it stands. */
            task: components["schemas"]["TaskRow"];
            /** @description The lint's findings in the circuit, none of which stopped it. */
            warnings: components["schemas"]["LintFinding"][];
        };
        /** @description A candidate for the committee, or a member that is none. */
        CandidateRow: {
            /** @description The account of the candidate. */
            account: string;
            /**
             * Format: int64
             * @description Its own bond, in micro-credits.
             */
            bond: number;
            /** @description Whether it may be elected, `eligible`, and if not why not: `silent`, `no_bond`, `absent` or `slashed`. */
            candidacy: string;
            /**
             * Format: int64
             * @description What of both counts, in micro-credits.
             */
            counted: number;
            /**
             * Format: int64
             * @description The power that it would have if the epoch ended now; null if it would have no seat.
             */
            expected: number | null;
            /** @description The time before which it is not free; null with it. */
            free_at: string | null;
            /**
             * Format: int64
             * @description The first epoch at whose end all of that is free; null if there is nothing, or as long as the account is in office.
             */
            free_epoch: number | null;
            /**
             * Format: int64
             * @description Its power in office; null if it has no seat.
             */
            power: number | null;
            /**
             * Format: int64
             * @description What others have locked on it, in micro-credits.
             */
            stake: number;
            /**
             * Format: int64
             * @description What of its bond it has taken back and is not free yet, in micro-credits.
             */
            unbonding: number;
        };
        /** @description What a movement was for. */
        CauseRow: {
            /** @description The cause, such as `fee`, `sent`, `received`, `opened`, `paid`, `earned`, `award_ended` or `committee`. */
            cause: string;
            end?: components["schemas"]["EndRow"] | null;
            /** @description Whose fault it is; of `failed` alone. */
            fault?: string | null;
            /** @description The kind of the op; of `fee` alone. */
            op?: string | null;
        };
        /** @description A circuit, and what a proof of it costs. */
        CircuitQuoted: {
            /** @description The id of the circuit: the hash of its verifier data. */
            circuit: string;
            /**
             * Format: int64
             * @description The bytes of the inputs, which the assigned prover gets; about, if none were sent.
             */
            inputs_bytes: number;
            /**
             * Format: int64
             * @description The exact bytes of a proof; null if they are not known.
             */
            proof_bytes: number | null;
            /**
             * Format: int32
             * @description The number of public values that its proofs show.
             */
            public_inputs: number;
            /** @description What a proof costs. */
            quote: components["schemas"]["QuoteTold"];
            /**
             * Format: int64
             * @description The bytes of the recipe, which a prover fetches.
             */
            recipe_bytes: number;
            /**
             * Format: int64
             * @description The padded rows; `quote.degree` is their power of two.
             */
            rows: number;
            /** @description The lint's findings. One whose severity is `error` stops a purchase, unless that says `despite_lint`. */
            warnings: components["schemas"]["LintFinding"][];
        };
        /**
         * @description What is wrong with a request, for programs. A code keeps its meaning over versions; new ones may come.
         * @enum {string}
         */
        Code: "malformed" | "bad_cursor" | "unauthorized" | "insufficient_scope" | "foreign_host" | "foreign_origin" | "not_found" | "method_not_allowed" | "slow_body" | "too_large" | "unsupported_media_type" | "rate_limited" | "overloaded" | "timed_out" | "node_busy" | "node_stopped" | "not_a_requester" | "not_a_prover" | "unknown_prover" | "wrong_key" | "prover_barred" | "key_needed" | "provers_full" | "unknown_task" | "no_proof" | "not_paid" | "no_block" | "pruned" | "long_history" | "late_checkpoint" | "unvouched" | "ops_under_way" | "insufficient_funds" | "alias_used" | "key_reused" | "key_in_use" | "other_offset" | "other_digest" | "unknown_upload" | "refused" | "sent_unseen" | "malformed_circuit" | "lint" | "witness_public" | "unknown_circuit" | "unsatisfied" | "unbuildable" | "machine" | "unknown_webhook" | "webhook_url" | "webhooks_full" | "no_worker";
        /** @description The committee in office. */
        CommitteeTold: {
            /**
             * Format: int64
             * @description The epoch of the last block.
             */
            epoch: number;
            /** @description The members, by account. */
            members: components["schemas"]["MemberRow"][];
            /**
             * Format: int64
             * @description The last height of the epoch: after its block another committee may decide.
             */
            next_border: number;
        };
        /** @description The council, as one of its members sees it. */
        Council: {
            /** @description Whether those in touch have more than two thirds of the power. */
            can_decide: boolean;
            /** @description The members that are in touch, this node among them. */
            in_touch: string[];
            /** @description Whether this node signs. */
            signs: boolean;
            /** @description Whether this node takes part. */
            takes_part: boolean;
        };
        /** @description The weight of all outcomes with one counterparty. */
        CounterpartyRow: {
            /** @description The account that bought, or was to buy, the proofs. */
            account: string;
            /**
             * Format: int64
             * @description The weight of failures.
             */
            bad: number;
            /**
             * Format: int64
             * @description The weight of successes.
             */
            good: number;
            /** @description Whether that is the network itself, by challenges. */
            is_network: boolean;
        };
        /** @description The leaf of an account in the tree of payouts, and the way from there to the root. */
        EarnedRow: {
            /**
             * Format: int64
             * @description All that the account had ever earned, in micro-credits.
             */
            amount: number;
            /** @description The hashes beside the way, from the leaf up. */
            path: string[];
            /** @description The address in the leaf, zeros if the account had named none when the leaf last changed. */
            payee: string;
        };
        /** @description The election at the end of the epoch of the last block, as it would be decided now. */
        Election: {
            /**
             * Format: int64
             * @description The last height of that epoch: after its block the committee changes.
             */
            border: number;
            /** @description All candidates and all members: those for whom most counts first, then by account. */
            candidates: components["schemas"]["CandidateRow"][];
            /**
             * Format: int32
             * @description With fewer eligible candidates than this the incumbents stay.
             */
            committee_min: number;
            /**
             * Format: int32
             * @description The number of eligible candidates.
             */
            eligible: number;
            /**
             * Format: int64
             * @description The epoch of the last block.
             */
            epoch: number;
            /** @description The members in office that can each halt the network alone. */
            halts: string[];
            /** @description Whether the committee would stay as it is, since there are too few candidates. */
            incumbents_stay: boolean;
            /** @description The members in office that decide alone what happens. */
            rules: string[];
            /**
             * Format: int32
             * @description The number of seats.
             */
            seats: number;
        };
        /** @description How an award came to nothing. */
        EndRow: {
            /** @description The kind of end: `missed`, a window closed; `declined`, the prover gave it back; `bad_proof`, the committee's finding. */
            kind: string;
            /**
             * @description The window, `start`, `alive`, `due` or `verdict`; the prover's reason, such as `no_inputs`; or the finding, such as
             *     `false`.
             */
            what: string;
        };
        /**
         * @description A kind of event that an endpoint can be sent.
         * @enum {string}
         */
        Event: "task.opened" | "task.awarded" | "task.started" | "task.award_ended" | "task.delivered" | "task.settled" | "task.completed" | "task.failed" | "task.cancelled";
        /** @description What would become of a bid. Times are from now, and hold if nobody else bids in between. */
        ExpectedRow: {
            /**
             * Format: int64
             * @description Milliseconds until the award: the next block.
             */
            awarded_in_ms: number;
            /**
             * Format: int64
             * @description Milliseconds within which the proof must have been delivered by this prover.
             */
            delivers_within_ms: number;
            /**
             * Format: int64
             * @description Milliseconds until the proof is expected to be paid.
             */
            paid_in_ms: number;
            runner_up: components["schemas"]["TermsRow"] | null;
            /**
             * Format: int64
             * @description Milliseconds until the prover is expected to begin: the award, and its wait for a lane.
             */
            starts_in_ms: number;
            /**
             * Format: int64
             * @description Milliseconds within which the prover must have accepted.
             */
            starts_within_ms: number;
            /** @description The terms of the ask that would win. */
            winner: components["schemas"]["TermsRow"];
        };
        /** @description A task, and why it stands as it does. */
        Explained: {
            about: components["schemas"]["VerdictRow"] | null;
            /** @description The requester's own name for it, a UUID. */
            alias: string;
            answers: components["schemas"]["AnswersRow"] | null;
            /** @description The awards that came to nothing, the oldest first. */
            attempts: components["schemas"]["AttemptRow"][];
            award: components["schemas"]["AwardRow"] | null;
            /**
             * Format: int64
             * @description The height of the block that made the last award; null before the first.
             */
            awarded: number | null;
            /** @description The circuit that is proved. */
            circuit: string;
            /** @description The time of the block that ended the task; null while it is open. */
            closed_at: string | null;
            /**
             * Format: int64
             * @description The least collateral of an award, in micro-credits.
             */
            collateral_floor: number;
            /** @description The time by which the proof must be delivered. */
            deadline_at: string;
            /**
             * Format: int32
             * @description The circuit's padded rows, as a power of two.
             */
            degree: number;
            /** @description Whose fault it is, or would be now, that there is no proof; null if there is one, or if the task was taken back. */
            fault: string | null;
            /**
             * Format: int64
             * @description The height of the last block, as of which this holds.
             */
            height: number;
            /** @description Whether this node proves it itself, or has, whatever the market came to. Known of own tasks. */
            is_local: boolean;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5.
             */
            level: number;
            /** @description The time of the block that took the bid up. */
            opened_at: string;
            /**
             * @description The time from which this node takes the bid back unless it is awarded, and makes the proof itself; null if it never does.
             *     Known of own tasks.
             */
            prove_here_at: string | null;
            /** @description The account that buys the proof. */
            requester: string;
            /**
             * Format: int64
             * @description The most that the requester pays now, in micro-credits.
             */
            reward: number;
            /**
             * Format: int64
             * @description The most that the reward may rise to, in micro-credits.
             */
            reward_max: number;
            /** @description The time at which it rises next; null if it does not. */
            rises_at: string | null;
            round: components["schemas"]["RoundRow"] | null;
            /** @description What the task waits for, or how it ended. */
            standing: components["schemas"]["StandingRow"];
            /** @description The status: `pending`, `assigned`, `in_progress`, `completed` or `failed`. */
            status: string;
            /** @description The network's name for the task. */
            task: string;
            /** @description The time of the last block. */
            time_at: string;
        };
        /** @description This process lives. */
        Health: {
            /** @description The word `ok`, always. */
            status: string;
        };
        /** @description What a prover hears that is there. */
        Heard: {
            /** @description The tasks that it still has; whatever else it works at is over. */
            tasks: string[];
        };
        /** @description A prover that is there. */
        Heartbeat: {
            /**
             * Format: uuid
             * @description The prover's own name.
             */
            prover_id: string;
        };
        /** @description The credits of an account at one moment. */
        HeldRow: {
            /**
             * Format: int64
             * @description The micro-credits that are free to spend.
             */
            free: number;
            /**
             * Format: int64
             * @description The micro-credits that are locked.
             */
            locked: number;
        };
        /** @description Something that a block decided about a task. What an event does not have is absent. */
        HistoryRow: {
            about?: components["schemas"]["VerdictRow"] | null;
            /** @description The time of the block. */
            at: string;
            award?: components["schemas"]["AwardRow"] | null;
            end?: components["schemas"]["EndRow"] | null;
            /**
             * @description The event: `opened`, `raised`, `round`, `awarded`, `started`, `delivered`, `kept_late`, `award_ended`, `reopened`,
             *     `paid`, `failed` or `cancelled`.
             */
            event: string;
            /** @description Whose fault it is: `requester`, `prover`, `network`, `unclear` or `displaced`. */
            fault?: string | null;
            /**
             * Format: int64
             * @description The height of the block.
             */
            height: number;
            /**
             * Format: int64
             * @description What the prover got for its time, in micro-credits.
             */
            paid?: number | null;
            /** @description The hash of the proof's bytes. */
            proof?: string | null;
            /** @description The prover that did it. */
            prover?: string | null;
            /**
             * Format: int64
             * @description What went back to the requester, in micro-credits.
             */
            refund?: number | null;
            /**
             * Format: int64
             * @description The reward from then on, in micro-credits.
             */
            reward?: number | null;
            round?: components["schemas"]["RoundNewsRow"] | null;
            settlement?: components["schemas"]["SettlementRow"] | null;
            /**
             * Format: int64
             * @description The part of its collateral that was burned, in micro-credits.
             */
            slashed?: number | null;
        };
        /** @description All that some blocks have decided about a task. */
        HistoryTold: {
            /** @description The prover that was asked about; null if none was. */
            about: string | null;
            /**
             * Format: int64
             * @description The first block that was applied again.
             */
            from: number;
            /** @description What happened to the task, in order. */
            lines: components["schemas"]["HistoryRow"][];
            /** @description The network's name for the task. */
            task: string;
            /**
             * Format: int64
             * @description The last block that was applied again; less than `from` if none was.
             */
            to: number;
        };
        /** @description A finding of the lint. */
        LintFinding: {
            /** @description The kind of finding, stable over versions. */
            code: string;
            /** @description The constraint it was found at, from 0. */
            constraint: number | null;
            /** @description What to do about it. */
            hint: string;
            /** @description What the lint found. */
            message: string;
            /**
             * @description How bad it is: `warning`, or `error`: proofs would be worthless, and nothing is bought unless the order says
             *     `despite_lint`.
             */
            severity: string;
        };
        /** @description A member of the committee. */
        MemberRow: {
            /** @description The account of the member. */
            account: string;
            /** @description Whether this node is in touch with it; null if this node is no member, and cannot know. */
            in_touch: boolean | null;
            /** @description Whether it is this node. */
            is_self: boolean;
            /**
             * Format: int64
             * @description Its weight in votes.
             */
            power: number;
        };
        /** @description Something that a block has decided about a task. */
        Moment: {
            /** @description The time of the block. */
            at: string;
            end?: components["schemas"]["EndRow"] | null;
            /**
             * Format: int64
             * @description The price of the award, in micro-credits.
             */
            price?: number | null;
            /** @description The prover that it is about. */
            prover?: string | null;
            /** @description The step: `opened`, `awarded`, `started`, `delivered`, `award_ended`, `settled`, `failed` or `cancelled`. */
            what: string;
        };
        /** @description An endpoint that is to be sent events. */
        NewWebhook: {
            /** @description What it is for, in at most 200 characters. */
            description?: string;
            /** @description The kinds of events that are sent; all unless some are named. */
            events?: components["schemas"]["Event"][];
            /**
             * @description The URL that messages are posted to: `https`, at an address of the public internet. It is shown to whoever may ask this
             *     gateway, and in no log.
             */
            url: string;
        };
        /** @description Price and speed at one privacy level. */
        OfferRow: {
            /**
             * Format: int32
             * @description The privacy level, 1 to 5.
             */
            level: number;
            /**
             * Format: int64
             * @description Micro-credits for 1,024 padded rows.
             */
            per_kilorow: number;
            /**
             * Format: int32
             * @description Padded rows that are proved in a second, as declared.
             */
            rows_per_second: number;
        };
        /** @description An op of a block, without what it says. */
        OpRow: {
            /** @description The bytes that its signer has signed. */
            bytes: number;
            /** @description The kind of the op, such as `bid`, `ask`, `start`, `deliver` or `transfer`. */
            kind: string;
            /** @description The id of the op. */
            op: string;
            /**
             * Format: int32
             * @description The place in its block, from 0.
             */
            place: number;
            /** @description The account that has signed it. */
            signer: string;
            /** @description The account that pays its fee in the signer's place; null if the signer pays. */
            sponsor: string | null;
            /** @description The task that it is about, or that it opens; null if it is about none, or about several. */
            task: string | null;
        };
        /** @description A proof that is wanted, and its price and conditions. */
        Order: {
            /**
             * Format: uuid
             * @description The requester's own name for the task; a fresh one is drawn unless it is given.
             */
            alias?: string | null;
            /** @description The only provers that may prove it; all if it is empty. */
            allow?: string[];
            /**
             * @description The circuit and its inputs in base64 (RFC 4648, with padding), as an envelope: a byte for the kind, then for 1 a
             *     preimage; for 2 the length of the `.r1cs` file (4 bytes, little endian), that file and the `.wtns` file; for 5 the id of
             *     a circuit that was proved before (32 bytes) and the inputs.
             */
            circuit_data?: string | null;
            /**
             * Format: int64
             * @description Seconds from now within which the proof must be delivered; 600 unless it is given.
             */
            deadline_seconds?: number | null;
            /** @description Provers that never may prove it. */
            deny?: string[];
            /** @description Whether to submit although the lint finds an error. */
            despite_lint?: boolean;
            /**
             * Format: int32
             * @description The most provers that may see the inputs, one after another; 2 unless it is given.
             */
            disclosures_max?: number | null;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5; 3 unless it is given. 1 and 2 show the witness to whoever gets the proof.
             */
            level?: number | null;
            /**
             * Format: int32
             * @description The hurry, 0 to 100: a higher one is served first, and its fee is higher.
             */
            priority?: number;
            /**
             * Format: int64
             * @description Seconds from now after which the bid is taken back unless it is awarded, and the proof made by this node itself, by its own
             *     worker; also whenever the market ends without one. Never unless it is given.
             */
            prove_here_after_seconds?: number | null;
            /** @description In place of `circuit_data`: a circom circuit over Goldilocks, the SHA-256 of an uploaded `.r1cs` file. */
            r1cs?: string | null;
            /**
             * Format: int64
             * @description The most to pay, in micro-credits; it is locked until the task is over.
             */
            reward: number;
            /**
             * Format: int64
             * @description The most that the reward rises to while nobody asks low enough, in ten steps over half the time to the deadline.
             */
            reward_max?: number | null;
            /** @description Whether prices are sealed for this task alone, then opened. */
            sealed?: boolean;
            /** @description The symbols of that circuit, the SHA-256 of an uploaded `.sym` file: messages name signals by it. */
            sym?: string | null;
            /** @description The owner's word that the proof may show the witness; needed at levels 1 and 2. */
            witness_is_public?: boolean;
            /** @description The witness of that circuit, the SHA-256 of an uploaded `.wtns` file. The upload goes once the proof is bought. */
            wtns?: string | null;
        };
        /** @description A page of a list. */
        Page_AwardLine: {
            /** @description The items, in an order that stays. */
            items: {
                /** @description The time of the block that made it. */
                at: string;
                /**
                 * Format: int64
                 * @description The micro-credits at stake.
                 */
                collateral: number;
                /** @description The time by which the proof is owed. */
                due_at: string;
                /**
                 * Format: int32
                 * @description The number of the award among those of its task, from 1.
                 */
                number: number;
                /**
                 * Format: int32
                 * @description The part of the whole proof that the prover says is done, in thousandths.
                 */
                permille: number | null;
                /**
                 * Format: int64
                 * @description The price of a valid proof, in micro-credits.
                 */
                price: number;
                /** @description The prover that holds it. */
                prover: string;
                /** @description The account that buys the proof. */
                requester: string;
                /** @description The stage that the prover says it is at; null before it works. */
                stage: string | null;
                /** @description The time of the prover's `Start`; null before it. */
                started_at: string | null;
                /** @description The task that it is about. */
                task: string;
            }[];
            /** @description The cursor of the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_BlockRow: {
            /** @description The items, in an order that stays. */
            items: {
                /** @description The bytes of the block with its certificate. */
                bytes: number;
                /**
                 * Format: int64
                 * @description The epoch that its height falls into.
                 */
                epoch: number;
                /** @description The hash of its header, which names it. */
                hash: string;
                /**
                 * Format: int64
                 * @description The height of the block.
                 */
                height: number;
                /** @description The number of ops in it. */
                ops: number;
                /** @description The hash of the block below; zeros for the first block. */
                parent: string;
                /** @description The coordinator that has proposed it. */
                proposer: string;
                /**
                 * Format: int32
                 * @description The round in which it was decided, from 0.
                 */
                round: number;
                /** @description The time of the block. */
                time_at: string;
                /** @description The number of votes in its certificate. */
                votes: number;
            }[];
            /** @description The cursor of the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_PeerRow: {
            /** @description The items, in an order that stays. */
            items: {
                /** @description The account whose key it has proven to hold. */
                account: string;
                /** @description The address of its first connection. */
                address: string;
                /** @description The name and version of its program, as it says. */
                agent: string;
                /**
                 * Format: int64
                 * @description The seconds since its first connection was made.
                 */
                connected_seconds: number;
                /** @description Whether this node has dialled it. */
                outbound: boolean;
                /** @description What the ledger knows that it does: `prover` if its ask stands, `coordinator` if it is in office. */
                roles: string[];
                /**
                 * Format: double
                 * @description The round trip of the last ping, in milliseconds; null before the first.
                 */
                rtt_ms: number | null;
            }[];
            /** @description The cursor of the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_PriceRow: {
            /** @description The items, in an order that stays. */
            items: {
                /** @description The number of proofs. */
                count: number;
                /**
                 * Format: int32
                 * @description The circuit's padded rows, as a power of two.
                 */
                degree: number;
                /**
                 * Format: int64
                 * @description The last price, in micro-credits.
                 */
                last: number;
                /** @description The time of the block that paid it. */
                last_at: string;
                /**
                 * Format: int32
                 * @description The privacy level, 1 to 5.
                 */
                level: number;
                /**
                 * Format: int64
                 * @description The highest price, in micro-credits.
                 */
                max: number;
                /**
                 * Format: int64
                 * @description The price in the middle, in micro-credits.
                 */
                median: number;
                /**
                 * Format: int64
                 * @description The lowest price, in micro-credits.
                 */
                min: number;
                /** @description The last 200 prices, the oldest first. */
                points: components["schemas"]["Point"][];
            }[];
            /** @description The cursor of the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_ProverRow: {
            /** @description The items, in an order that stays. */
            items: {
                /** @description The account of the prover. */
                account: string;
                ask: components["schemas"]["AskRow"] | null;
                /**
                 * Format: int32
                 * @description The most awards that it holds at once; 0 if it sells nothing now.
                 */
                capacity: number;
                /**
                 * Format: int64
                 * @description The awards of open tasks that it has lost without a proof.
                 */
                failed: number;
                /**
                 * Format: int64
                 * @description The awards that it holds now.
                 */
                held: number;
                /**
                 * Format: int32
                 * @description The proofs that it makes at once; 0 if it sells nothing now.
                 */
                lanes: number;
                /**
                 * Format: int64
                 * @description The tasks it was paid for, of those that the ledger remembers.
                 */
                paid: number;
                /**
                 * Format: double
                 * @description The reputation, 0 to 1, with six decimals.
                 */
                reputation: number;
            }[];
            /** @description The cursor of the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_TaskRow: {
            /** @description The items, in an order that stays. */
            items: {
                /** @description The requester's own name for it, a UUID. */
                alias: string | null;
                /**
                 * Format: int64
                 * @description The number of awards so far.
                 */
                attempts: number;
                /** @description The circuit that is proved. */
                circuit: string;
                /** @description The time of the block that took the bid up; of an own task, of its submission. */
                created_at: string;
                /** @description The time by which the proof must be delivered; null once the ledger has forgotten the task. */
                deadline_at: string | null;
                /**
                 * Format: int32
                 * @description The circuit's padded rows, as a power of two; null once the ledger has forgotten the task.
                 */
                degree: number | null;
                /** @description Whether this node proves it itself, or has: nobody is paid then, and there is no receipt. Known of own tasks. */
                is_local: boolean;
                /**
                 * Format: int32
                 * @description The privacy level, 1 to 5; 1 and 2 show the witness to whoever gets the proof.
                 */
                level: number;
                /**
                 * Format: int32
                 * @description The part of the whole proof that the prover says is done, in thousandths.
                 */
                permille: number | null;
                /**
                 * Format: int64
                 * @description The price of the live award, or the one that was paid, in micro-credits.
                 */
                price: number | null;
                /**
                 * Format: int32
                 * @description The order of service, 0 to 100; null once the ledger has forgotten the task.
                 */
                priority: number | null;
                /** @description The prover of the live award, or the one that was paid, or this node if it proves the task itself. */
                prover: string | null;
                /** @description The account that buys the proof. */
                requester: string;
                /**
                 * Format: int64
                 * @description The most that the requester pays as the reward is now, in micro-credits.
                 */
                reward: number;
                /**
                 * @description The stage that the prover says it is at: `fetch`, `build`, `witness`, `wires`, `permutation`, `quotient`, `openings`
                 *     or `deliver`; null unless it works.
                 */
                stage: unknown;
                /** @description The status: `pending`, `assigned`, `in_progress`, `completed` or `failed`. */
                status: string;
                /** @description The network's name for it: 64 hexadecimal digits. */
                task: string;
                /** @description The time of the last change that a block has made, or this node if it proves the task itself. */
                updated_at: string;
                /** @description Why the task failed; null unless it did. */
                why: string | null;
            }[];
            /** @description The cursor of the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_WebhookRow: {
            /** @description The items, in an order that stays. */
            items: {
                /** @description The time at which it was made: nothing that happened before is sent. */
                created_at: string;
                /**
                 * Format: int64
                 * @description The messages that it has taken.
                 */
                delivered: number;
                /** @description What it is for, in its owner's words. */
                description: string;
                /** @description The kinds of events that are sent; all if it is empty. */
                events: components["schemas"]["Event"][];
                /** @description The id of the webhook. */
                id: string;
                /**
                 * Format: int64
                 * @description The messages that were dropped; `events.lost` tells of them once there is room.
                 */
                lost: number;
                /** @description The time of the next try; null unless it fails. */
                next_try_at: string | null;
                /** @description The key before that one; messages are signed by both for a day; null then. */
                previous_key: string | null;
                /** @description The time until which it signs too; null with it. */
                previous_until_at: string | null;
                /** @description The Ed25519 key that verifies its messages, as Standard Webhooks writes it: `whpk_` and base64. */
                public_key: string;
                /**
                 * Format: int64
                 * @description The messages that wait: at most 1,000. A message that finds no place is dropped and counted.
                 */
                queued: number;
                /** @description The time since which it fails, or is disabled; null if all is well. */
                since_at: string | null;
                /** @description Whether messages are sent: `active`, `failing` or `disabled`. */
                status: string;
                /** @description The URL that messages are posted to. */
                url: string;
                /** @description Why the last try failed, or why it is disabled; null if all is well. */
                why: string | null;
            }[];
            /** @description The cursor of the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description One of the three parts of a reputation. Shares are 0 to 1. */
        PartRow: {
            /**
             * Format: double
             * @description The mean over all outcomes by weight; failures count as zero.
             */
            mean: number;
            /**
             * Format: double
             * @description The mean times the weight.
             */
            points: number;
            /**
             * Format: double
             * @description The weight of the part in the whole.
             */
            weight: number;
        };
        /** @description The payouts of an account on an EVM chain. Hashes and addresses are hexadecimal, with `0x`. */
        PayoutRow: {
            earned: components["schemas"]["EarnedRow"] | null;
            /**
             * Format: int64
             * @description The epoch that ended last and had a root; null before the first.
             */
            epoch: number | null;
            /** @description The address that it has named; null if none. It counts from the end of the epoch on, if the account earns in it. */
            payee: string | null;
            /** @description The root of that epoch's payouts; null with it. */
            root: string | null;
        };
        /** @description A peer that is connected. */
        PeerRow: {
            /** @description The account whose key it has proven to hold. */
            account: string;
            /** @description The address of its first connection. */
            address: string;
            /** @description The name and version of its program, as it says. */
            agent: string;
            /**
             * Format: int64
             * @description The seconds since its first connection was made.
             */
            connected_seconds: number;
            /** @description Whether this node has dialled it. */
            outbound: boolean;
            /** @description What the ledger knows that it does: `prover` if its ask stands, `coordinator` if it is in office. */
            roles: string[];
            /**
             * Format: double
             * @description The round trip of the last ping, in milliseconds; null before the first.
             */
            rtt_ms: number | null;
        };
        /** @description A price that was paid. */
        Point: {
            /** @description The time of the block that paid it. */
            at: string;
            /**
             * Format: int64
             * @description The price, in micro-credits.
             */
            price: number;
        };
        /** @description What proofs of one level and size were paid, of those that the ledger remembers. */
        PriceRow: {
            /** @description The number of proofs. */
            count: number;
            /**
             * Format: int32
             * @description The circuit's padded rows, as a power of two.
             */
            degree: number;
            /**
             * Format: int64
             * @description The last price, in micro-credits.
             */
            last: number;
            /** @description The time of the block that paid it. */
            last_at: string;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5.
             */
            level: number;
            /**
             * Format: int64
             * @description The highest price, in micro-credits.
             */
            max: number;
            /**
             * Format: int64
             * @description The price in the middle, in micro-credits.
             */
            median: number;
            /**
             * Format: int64
             * @description The lowest price, in micro-credits.
             */
            min: number;
            /** @description The last 200 prices, the oldest first. */
            points: components["schemas"]["Point"][];
        };
        /** @description The body of a problem. */
        Problem: {
            /** @description What is wrong, for programs. */
            code: components["schemas"]["Code"];
            /** @description What is wrong with this request, for people. */
            detail: string;
            /** @description What to do next. */
            hint: string;
            /**
             * Format: int32
             * @description The status of the response.
             */
            status: number;
            /** @description The words of the status. */
            title: string;
            /** @description The trace that the node's log has this request under: 32 hexadecimal digits. */
            traceId: string;
            /** @description Always `about:blank`: the code says which problem it is. */
            type: string;
        };
        /** @description A proof by its hash. */
        ProofRow: {
            /** @description The hash of the proof's bytes. */
            hash: string;
            /**
             * Format: int32
             * @description The bytes of the proof; null once the ledger has forgotten the task.
             */
            len: number | null;
        };
        /** @description What came of the proofs that a prover has handed in here. */
        Proofs: {
            /**
             * Format: int64
             * @description Those that did not.
             */
            failed: number;
            /**
             * Format: int64
             * @description Those that held.
             */
            passed: number;
        };
        /** @description A prover, as the ledger knows it. */
        ProverRow: {
            /** @description The account of the prover. */
            account: string;
            ask: components["schemas"]["AskRow"] | null;
            /**
             * Format: int32
             * @description The most awards that it holds at once; 0 if it sells nothing now.
             */
            capacity: number;
            /**
             * Format: int64
             * @description The awards of open tasks that it has lost without a proof.
             */
            failed: number;
            /**
             * Format: int64
             * @description The awards that it holds now.
             */
            held: number;
            /**
             * Format: int32
             * @description The proofs that it makes at once; 0 if it sells nothing now.
             */
            lanes: number;
            /**
             * Format: int64
             * @description The tasks it was paid for, of those that the ledger remembers.
             */
            paid: number;
            /**
             * Format: double
             * @description The reputation, 0 to 1, with six decimals.
             */
            reputation: number;
        };
        /** @description A prover, as anybody may see it. */
        ProverShown: {
            /** @description The account that is paid for its proofs: 64 hexadecimal digits. */
            account: string;
            /** @description Whether it takes tasks now: it asks for work, or its ask stands. */
            active: boolean;
            /**
             * Format: date-time
             * @description The time until which it gets no work, since it has brought false proofs one after another; null if it gets some.
             */
            barred_until?: string | null;
            /**
             * Format: int32
             * @description The proofs that it takes on at once.
             */
            capacity: number;
            /** @description Those of them that it has. */
            current_load: number;
            /** @description Whether it has registered here, and proves behind this node's account. */
            is_registered_here: boolean;
            /**
             * Format: date-time
             * @description The time at which it was heard last; null for a prover with an account.
             */
            last_heartbeat?: string | null;
            proofs?: components["schemas"]["Proofs"] | null;
            /**
             * Format: uuid
             * @description Its own name; of a prover with an account the UUID that stands for it.
             */
            prover_id: string;
            /**
             * Format: double
             * @description The reputation of that account, 0 to 1.
             */
            reputation_score: number;
            /** @description The address that it names for its income; null if it names none. */
            reward_address?: string | null;
            /** @description The privacy levels that it proves. */
            supported_levels: number[];
        };
        /** @description A circuit whose price is asked for. */
        QuoteOrder: {
            /**
             * @description The circuit in base64 (RFC 4648, with padding), as the envelope that `POST /api/v1/tasks` takes; its inputs may be left
             *     out, and are never read.
             */
            circuit_data?: string | null;
            /**
             * Format: int64
             * @description Seconds from now within which the proof must be delivered; 600 unless it is given.
             */
            deadline_seconds?: number | null;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5; 3 unless it is given.
             */
            level?: number | null;
            /**
             * Format: int32
             * @description The hurry, 0 to 100; 0 unless it is given.
             */
            priority?: number | null;
            /** @description In place of `circuit_data`: a circom circuit over Goldilocks, the SHA-256 of an uploaded `.r1cs` file. */
            r1cs?: string | null;
            /**
             * Format: int64
             * @description The reward that is asked about, in micro-credits; one is proposed unless it is given.
             */
            reward?: number | null;
            /** @description The symbols of that circuit, the SHA-256 of an uploaded `.sym` file: messages name signals by it. */
            sym?: string | null;
        };
        /** @description What a proof costs now, and how long it takes. Amounts are micro-credits. */
        QuoteTold: {
            able: components["schemas"]["SpreadRow"] | null;
            /** @description How many asks could be awarded the bid, and why the others could not; `asks` is empty. */
            answers: components["schemas"]["AnswersRow"];
            asked: components["schemas"]["SpreadRow"] | null;
            /** @description What the reward was taken from: `named`, `asks`, `going_rate`, `book`, or `nothing`, with which it is 0. */
            basis: string;
            /**
             * Format: int32
             * @description The circuit's padded rows, as a power of two.
             */
            degree: number;
            expected: components["schemas"]["ExpectedRow"] | null;
            /**
             * Format: int64
             * @description The fee of the bid at that reward, which never comes back; what its own bytes cost is not in it.
             */
            fee: number;
            going: components["schemas"]["RateRow"] | null;
            /**
             * Format: int64
             * @description The height of the last block, as of which this holds.
             */
            height: number;
            /**
             * Format: int32
             * @description The privacy level of the proof.
             */
            level: number;
            /**
             * Format: int64
             * @description What is locked until the task is over: the reward, and the reserve for faults of the requester.
             */
            locked: number;
            paid: components["schemas"]["SpreadRow"] | null;
            /**
             * Format: int64
             * @description The fee, about, of registering the circuit, which the first bid for it costs besides; null if it is registered.
             */
            registration: number | null;
            /**
             * Format: int64
             * @description The reward that was asked about, or the one that is proposed.
             */
            reward: number;
            /** @description The usual sealed round, which a bid may ask for. */
            round: components["schemas"]["RoundCost"];
        };
        /** @description The going rate of a level and size, which payments move a little each. */
        RateRow: {
            /**
             * Format: int64
             * @description The mean price, in micro-credits.
             */
            price: number;
            /**
             * Format: int64
             * @description The mean milliseconds of a proof.
             */
            time_ms: number;
        };
        /** @description Whether the node can do what it is there for. */
        Readiness: {
            /** @description Whether the node follows its network and takes orders. */
            ready: boolean;
            /** @description Why it does not; empty if it does. */
            reasons: components["schemas"]["Reason"][];
        };
        /**
         * @description A reason for which a node is not ready.
         * @enum {string}
         */
        Reason: "stopped" | "busy" | "no_peers" | "old_block" | "takes_snapshot" | "no_quorum";
        /** @description Something that keeps asks from a bid. */
        RefusalRow: {
            /**
             * Format: int64
             * @description The number of asks that it keeps away.
             */
            asks: number;
            /** @description Whether it stays while bid and ask are as they are. */
            is_lasting: boolean;
            /** @description The obstacle, such as `price`, `too_slow` or `capacity`. */
            obstacle: string;
        };
        /** @description A prover that wants to prove for this node. */
        RegisterProver: {
            /**
             * Format: int32
             * @description The proofs that it makes at once.
             */
            capacity: number;
            /** @description A secret of 16 to 256 bytes that it shows from now on, in the header `Prover-Key`. A gateway with a token asks for one. */
            key?: string | null;
            /**
             * Format: uuid
             * @description The prover's own name.
             */
            prover_id: string;
            /** @description The address that it names for its income. The income is the node's: nobody is paid by this. */
            reward_address?: string | null;
            /**
             * Format: int32
             * @description The padded rows per second that it vouches for; without it, those of the node's own workers.
             */
            rows_per_second?: number | null;
            /** @description The privacy levels that it proves, of 1 to 5. */
            supported_levels: number[];
        };
        /** @description A task that a prover will not prove, or all that it has. */
        ReleaseTask: {
            /**
             * Format: uuid
             * @description The prover that has it.
             */
            prover_id: string;
            /**
             * Format: uuid
             * @description The requester's own name for the task; null if the prover leaves: then it gives back all that it has, and asks for no more.
             */
            task_id?: string | null;
        };
        /** @description A reputation and the numbers it is made of. Shares are 0 to 1. */
        ReputationRow: {
            /**
             * Format: double
             * @description The part of the reputation that outcomes have earned, as if the prior were zero.
             */
            earned: number;
            /**
             * Format: double
             * @description What its own outcomes make; 0 without outcomes.
             */
            own: number;
            /**
             * Format: double
             * @description The reputation of a newcomer.
             */
            prior: number;
            /**
             * Format: int64
             * @description The weight of the prior.
             */
            prior_weight: number;
            /**
             * Format: double
             * @description The mean share of the declared time that was kept.
             */
            punctuality: number;
            /**
             * Format: double
             * @description The mean quality of deliveries; failures count as zero.
             */
            quality: number;
            /**
             * Format: double
             * @description The share of successes among all outcomes, by weight.
             */
            success: number;
            /**
             * Format: double
             * @description The mean score for time; failures count as zero.
             */
            time: number;
            /**
             * Format: double
             * @description The reputation in one number.
             */
            value: number;
            /**
             * Format: int64
             * @description The weight of all outcomes together.
             */
            weight: number;
        };
        /** @description A prover's reputation with every term, as of the last block. Weights are micro-credits of burned fees. */
        ReputationTold: {
            /** @description The account whose reputation this is. */
            account: string;
            /**
             * Format: int64
             * @description The collateral that an award at a price of one credit takes of this prover, in micro-credits.
             */
            collateral_per_credit: number;
            /** @description The weight that each counterparty has given, by account. */
            counterparties: components["schemas"]["CounterpartyRow"][];
            /**
             * Format: int64
             * @description The most weight that one counterparty gives, each for good and for bad.
             */
            counterparty_weight_max: number;
            /**
             * Format: int64
             * @description The epoch as of which all weights have decayed.
             */
            epoch: number;
            /**
             * Format: double
             * @description The share of every weight that is left after an epoch, 0 to 1.
             */
            epoch_keep: number;
            /** @description Whether its word against a requester counts. */
            has_a_name: boolean;
            /** @description Whether the ledger knows the account; one it does not know has a newcomer's reputation. */
            is_known: boolean;
            /**
             * Format: int64
             * @description The epoch of the account's last outcome; null before the first.
             */
            last_outcome: number | null;
            /** @description The part that the quality of deliveries has in `own`. */
            quality: components["schemas"]["PartRow"];
            /** @description The reputation and the numbers it is made of. */
            reputation: components["schemas"]["ReputationRow"];
            /** @description The part that successes have in `own`. */
            success: components["schemas"]["PartRow"];
            /** @description The part that the time of deliveries has in `own`. */
            time: components["schemas"]["PartRow"];
        };
        /** @description What came of a proof. */
        ResultVerdict: {
            /** @description Whether the proof holds and is what the task is paid for. */
            accepted: boolean;
            /**
             * Format: double
             * @description The quality of the delivery, 0 to 1, as the network has settled it; null if that has not happened yet.
             */
            quality_score?: number | null;
            /** @description Why it was not accepted. */
            reason?: string | null;
            /** @description `Pass` if the proof verifies and proves what was asked for, else `Fail`. */
            verification_result: components["schemas"]["Verification"];
        };
        /** @description The cost of a sealed round, in money and time. */
        RoundCost: {
            /**
             * Format: int64
             * @description What a bid that asks for it pays besides, in micro-credits.
             */
            fee: number;
            /**
             * Format: int64
             * @description The most milliseconds until it is decided.
             */
            lasts_ms: number;
            /**
             * Format: int64
             * @description The most that it pays, and what a prover is paid that is alone in it, in micro-credits.
             */
            reserve: number;
        };
        /** @description News of a sealed round. What an event does not have is absent. */
        RoundNewsRow: {
            /**
             * Format: int64
             * @description The collateral, in micro-credits.
             */
            collateral?: number | null;
            /**
             * Format: int64
             * @description The deposit of the sealed ask, in micro-credits.
             */
            deposit?: number | null;
            /** @description The account that put up the collateral. */
            guarantor?: string | null;
            /** @description The time by which openings are owed. */
            open_by_at?: string | null;
            /** @description The account that paid the deposit. */
            payer?: string | null;
            /**
             * Format: int64
             * @description The price that was opened, in micro-credits.
             */
            price?: number | null;
            /** @description The prover that it is about. */
            prover?: string | null;
            /** @description The event: `sealed`, `opening`, `opened`, `returned`, `lost` or `over`. */
            round: string;
        };
        /** @description A sealed round, as of the last block. */
        RoundRow: {
            /** @description The time by which the phase closes; null if no time ends it. */
            closes_at: string | null;
            /**
             * Format: int64
             * @description The number of them that have opened their price.
             */
            opened: number;
            /** @description The phase: `sealing`, `opening` or `decided`. */
            phase: string;
            /**
             * Format: int64
             * @description The most that the round pays, in micro-credits.
             */
            reserve: number;
            /**
             * Format: int64
             * @description The number of provers that have sealed an ask.
             */
            sealed: number;
        };
        /** @description The bill of a proof. */
        SettlementRow: {
            /** @description The circuit that was proved. */
            circuit: string;
            /** @description The time of the block that took up the delivery. */
            delivered_at: string;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5.
             */
            level: number;
            /**
             * Format: int64
             * @description The price that the prover got, in micro-credits.
             */
            price: number;
            /** @description The hash of the proof's bytes. */
            proof: string;
            /**
             * Format: int32
             * @description The bytes of the proof.
             */
            proof_len: number;
            /** @description The account that made the proof and is paid. */
            prover: string;
            /**
             * Format: double
             * @description The quality of the delivery, 0 to 1: its margin, size and punctuality in one number.
             */
            quality: number;
            /**
             * Format: int64
             * @description The part of the reward that went back to the requester, in micro-credits.
             */
            refund: number;
            /** @description The account that bought the proof. */
            requester: string;
            /** @description The digest of the public inputs that were proved. */
            statement: string;
            /** @description The task that the delivery was for. */
            task: string;
        };
        /** @description What is for sale of one level and size. */
        Shelf: {
            /**
             * Format: int32
             * @description The circuit's padded rows, as a power of two.
             */
            degree: number;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5.
             */
            level: number;
            /** @description The prices that are asked, the lowest first. */
            steps: components["schemas"]["Step"][];
        };
        /** @description How far a snapshot is that is taken from peers. */
        SnapshotRow: {
            /** @description The chunks that are here. */
            chunks: number;
            /**
             * Format: int64
             * @description The height of the state that is taken.
             */
            height: number;
            /** @description The chunks that it has. */
            of: number;
        };
        /** @description How prices spread: each is that of an ask, or one that was paid, in micro-credits. */
        SpreadRow: {
            /**
             * Format: int64
             * @description The number of prices.
             */
            count: number;
            /**
             * Format: int64
             * @description The highest of them.
             */
            highest: number;
            /**
             * Format: int64
             * @description The lowest of them.
             */
            lowest: number;
            /**
             * Format: int64
             * @description The price that half of them do not exceed.
             */
            median: number;
            /**
             * Format: int64
             * @description The price that a quarter of them does not exceed.
             */
            quarter: number;
            /**
             * Format: int64
             * @description The price that three quarters of them do not exceed.
             */
            three_quarters: number;
        };
        /** @description What an account has locked on candidates. */
        StakesRow: {
            /** @description The time before which it is not free; null with it. */
            free_at: string | null;
            /**
             * Format: int64
             * @description The first epoch at whose end all of that is free; null if there is nothing.
             */
            free_epoch: number | null;
            /**
             * Format: int64
             * @description What it has taken back and is not free yet, in micro-credits.
             */
            unlocking: number;
            /** @description The stake on each candidate, by account. */
            votes: components["schemas"]["VoteRow"][];
        };
        /** @description What a task waits for, or how it ended. */
        StandingRow: {
            /**
             * Format: int64
             * @description The members of the committee; of `findings` alone.
             */
            members?: number | null;
            /**
             * Format: int64
             * @description What the prover got for its time, in micro-credits; of `cancelled` alone.
             */
            paid?: number | null;
            /**
             * Format: int64
             * @description The members of the committee that have said what they found; of `findings` alone.
             */
            said?: number | null;
            settlement?: components["schemas"]["SettlementRow"] | null;
            /**
             * @description The state: `no_asks`, `none_can`, `rises`, `none_can_now`, `next_auction`, `sealed_round`, `start`, `proof`, `findings`,
             *     `paid`, `failed` or `cancelled`.
             */
            state: string;
        };
        /** @description One movement. What an account has in all grows by `came` and falls by `went`; the rest changes its place. */
        StatementRow: components["schemas"]["CauseRow"] & {
            /** @description The time of the block. */
            at: string;
            /**
             * Format: int64
             * @description The micro-credits that came from others.
             */
            came: number;
            /**
             * Format: int64
             * @description The micro-credits that were free to spend after the movement.
             */
            free: number;
            /**
             * Format: int64
             * @description The height of the block.
             */
            height: number;
            /**
             * Format: int64
             * @description The micro-credits that were locked.
             */
            locked: number;
            /** @description The task it was for; null if it was for none. */
            task: string | null;
            /**
             * Format: int64
             * @description The micro-credits that are no longer locked, whether they went or are free again.
             */
            unlocked: number;
            /**
             * Format: int64
             * @description The micro-credits that went to others, or were burned.
             */
            went: number;
            /** @description The other account that took part; null if there is none. */
            with: string | null;
        };
        /** @description The movements of an account's credits over some blocks. */
        StatementTold: {
            /** @description The account whose credits moved. */
            account: string;
            /** @description What it had after the last block. */
            closing: components["schemas"]["HeldRow"];
            /**
             * Format: int64
             * @description The first block that is covered.
             */
            from: number;
            /**
             * Format: int64
             * @description The number of older movements that are left out of `lines`; `sums` have them.
             */
            left_out: number;
            /** @description The movements, the oldest first: the newest of them, if there are more than were asked for. */
            lines: components["schemas"]["StatementRow"][];
            /** @description What the account had before the first block. */
            opening: components["schemas"]["HeldRow"];
            /** @description The sums over all movements, by cause. */
            sums: components["schemas"]["SumRow"][];
            /**
             * Format: int64
             * @description The last block that is covered; less than `from` if none is.
             */
            to: number;
            /** @description The awards that the account held as a prover and was not paid for, the oldest first. */
            unpaid: components["schemas"]["UnpaidRow"][];
            /**
             * Format: int64
             * @description The number of older ones that are left out of `unpaid`.
             */
            unpaid_left_out: number;
        };
        /** @description This node, as it says it is. */
        StatusTold: {
            /** @description The node's account, for which it acts. */
            account: string;
            /**
             * @description What its workers prove with, such as `stock`, `avx2`, `avx512` or `ifma`; null until one has
             *     started, and where `DPGN_SIMD` names what they lack.
             */
            arithmetic: string | null;
            /** @description The credits of the node's account. */
            balance: components["schemas"]["BalanceRow"];
            /** @description The coordinators that are in office. */
            committee: string[];
            council: components["schemas"]["Council"] | null;
            /**
             * Format: int64
             * @description The epoch that the ledger is in.
             */
            epoch: number;
            /**
             * Format: int64
             * @description The lowest height whose block is kept here.
             */
            first_block: number;
            /** @description The hash of the last block. */
            head: string;
            /**
             * Format: int64
             * @description The height of the last block.
             */
            height: number;
            /** @description The addresses that it listens on, for peers. */
            listening: string[];
            /** @description The network that it is on, as its id. */
            network: string;
            /** @description The name that the genesis gives the network. */
            network_name: string;
            /** @description Bids of all requesters that wait for an award. */
            open_bids: number;
            /** @description The number of peers that are connected. */
            peers: number;
            provers_over_http: components["schemas"]["AgentsTold"] | null;
            /** @description The roles it plays: `requester`, `prover`, `coordinator`. */
            roles: string[];
            snapshot: components["schemas"]["SnapshotRow"] | null;
            /** @description Asks of all provers that stand. */
            standing_asks: number;
            /** @description Where all credits of the network are. */
            supply: components["schemas"]["SupplyRow"];
            /** @description The time of the last block. */
            time_at: string;
            /** @description The version of the program. */
            version: string;
        };
        /** @description What is for sale at one price. */
        Step: {
            /**
             * Format: int64
             * @description The number of asks at this price.
             */
            asks: number;
            /**
             * Format: int64
             * @description Awards that the asks at this price can take now.
             */
            capacity: number;
            /**
             * Format: int64
             * @description The price of a proof, in micro-credits.
             */
            price: number;
        };
        /** @description A proof that is handed in. */
        SubmitResult: {
            /** @description The bytes of the proof. */
            proof: number[];
            /**
             * Format: uuid
             * @description The prover that made the proof.
             */
            prover_id: string;
            /**
             * Format: uuid
             * @description The requester's own name for the task.
             */
            task_id: string;
        };
        /** @description A proof that is wanted. */
        SubmitTask: {
            /**
             * @description The circuit with its inputs, as an envelope: `[1, 2, 3, 4]` asks for a proof of knowledge of the bytes 2, 3 and 4; a
             *     circom circuit is 2, the length of its `.r1cs` file (4 bytes, little endian), that file, then the `.wtns` file. Large ones
             *     go to `/api/v1/uploads` and `/api/v1/tasks`.
             */
            circuit_data: number[];
            /**
             * Format: int32
             * @description The order of service, 0 to 100; the fee rises with it.
             */
            priority: number;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5; 6 to 255 are reserved. At 1 and 2 whoever gets the proof sees parts of the witness.
             */
            privacy_level: number;
            /** @description The name by which the requester wants to be shown to provers. It acts for nobody: the node pays. */
            requester: string;
            /**
             * Format: int64
             * @description The most that is paid, in thousandths of a credit.
             */
            reward_amount: number;
            /**
             * Format: uuid
             * @description The requester's own name for the task.
             */
            task_id: string;
        };
        /** @description The sum of all movements of one cause. */
        SumRow: components["schemas"]["CauseRow"] & {
            /**
             * Format: int64
             * @description The micro-credits that came.
             */
            came: number;
            /**
             * Format: int64
             * @description The number of movements.
             */
            count: number;
            /**
             * Format: int64
             * @description The micro-credits that went.
             */
            went: number;
        };
        /** @description Where all credits of the network are, in micro-credits: all but `minted` together are what was minted. */
        SupplyRow: {
            /**
             * Format: int64
             * @description Credits in accounts, free to spend.
             */
            accounts: number;
            /**
             * Format: int64
             * @description Bonds of candidates for the committee.
             */
            bonds: number;
            /**
             * Format: int64
             * @description Credits that are gone for good.
             */
            burned: number;
            /**
             * Format: int64
             * @description Fees that wait to pay for challenges.
             */
            challenges: number;
            /**
             * Format: int64
             * @description Credits locked as collateral of awards and late proofs, as deposits and for tickets.
             */
            collateral: number;
            /**
             * Format: int64
             * @description Credits of requesters, locked to pay for proofs.
             */
            escrows: number;
            /**
             * Format: int64
             * @description Fees that the committee gets when the epoch ends.
             */
            fees: number;
            /**
             * Format: int64
             * @description All credits that the genesis made.
             */
            minted: number;
            /**
             * Format: int64
             * @description Credits of requesters, locked to pay for faults of theirs.
             */
            reserves: number;
            /**
             * Format: int64
             * @description Stakes that accounts have locked on candidates.
             */
            stakes: number;
            /**
             * Format: int64
             * @description Bonds and stakes that were taken back and are not free yet.
             */
            unlocking: number;
        };
        /** @description A task in a list. */
        TaskRow: {
            /** @description The requester's own name for it, a UUID. */
            alias: string | null;
            /**
             * Format: int64
             * @description The number of awards so far.
             */
            attempts: number;
            /** @description The circuit that is proved. */
            circuit: string;
            /** @description The time of the block that took the bid up; of an own task, of its submission. */
            created_at: string;
            /** @description The time by which the proof must be delivered; null once the ledger has forgotten the task. */
            deadline_at: string | null;
            /**
             * Format: int32
             * @description The circuit's padded rows, as a power of two; null once the ledger has forgotten the task.
             */
            degree: number | null;
            /** @description Whether this node proves it itself, or has: nobody is paid then, and there is no receipt. Known of own tasks. */
            is_local: boolean;
            /**
             * Format: int32
             * @description The privacy level, 1 to 5; 1 and 2 show the witness to whoever gets the proof.
             */
            level: number;
            /**
             * Format: int32
             * @description The part of the whole proof that the prover says is done, in thousandths.
             */
            permille: number | null;
            /**
             * Format: int64
             * @description The price of the live award, or the one that was paid, in micro-credits.
             */
            price: number | null;
            /**
             * Format: int32
             * @description The order of service, 0 to 100; null once the ledger has forgotten the task.
             */
            priority: number | null;
            /** @description The prover of the live award, or the one that was paid, or this node if it proves the task itself. */
            prover: string | null;
            /** @description The account that buys the proof. */
            requester: string;
            /**
             * Format: int64
             * @description The most that the requester pays as the reward is now, in micro-credits.
             */
            reward: number;
            /**
             * @description The stage that the prover says it is at: `fetch`, `build`, `witness`, `wires`, `permutation`, `quotient`, `openings`
             *     or `deliver`; null unless it works.
             */
            stage: unknown;
            /** @description The status: `pending`, `assigned`, `in_progress`, `completed` or `failed`. */
            status: string;
            /** @description The network's name for it: 64 hexadecimal digits. */
            task: string;
            /** @description The time of the last change that a block has made, or this node if it proves the task itself. */
            updated_at: string;
            /** @description Why the task failed; null unless it did. */
            why: string | null;
        };
        /** @description How a task stands. */
        TaskStatus: {
            /**
             * Format: uuid
             * @description The prover that has it, or was paid: as it has registered here, else the UUID that stands for its account.
             */
            assigned_prover?: string | null;
            /**
             * Format: date-time
             * @description The time at which it was submitted.
             */
            created_at: string;
            /**
             * @description The stage of its life.
             * @example pending
             * @example assigned
             * @example in_progress
             * @example completed
             * @example failed
             */
            status: string;
            /**
             * Format: uuid
             * @description The requester's own name for the task.
             */
            task_id: string;
            /**
             * Format: date-time
             * @description The time at which it changed last.
             */
            updated_at: string;
        };
        /** @description All that this node knows of a task. */
        TaskTold: components["schemas"]["TaskRow"] & {
            award: components["schemas"]["AwardRow"] | null;
            /** @description Whose fault a failure is: `requester`, `prover`, `network`, `unclear` or `displaced`; null unless it failed. */
            fault: string | null;
            /** @description What to do next; null if there is nothing to do. */
            hint: string | null;
            proof: components["schemas"]["ProofRow"] | null;
            /**
             * @description The time from which this node takes the bid back unless it is awarded, and makes the proof itself; null if it never does.
             *     Known of own tasks.
             */
            prove_here_at: string | null;
            /**
             * Format: int64
             * @description The height of the block that paid for it; known of own tasks.
             */
            settled_height: number | null;
            /** @description Why no standing ask can take it; null unless it waits in vain. Known of own tasks. */
            stalled: string | null;
            /** @description What blocks have decided about it, the oldest first; of a task that has ended the ledger remembers its ends alone. */
            timeline: components["schemas"]["Moment"][];
        };
        /** @description The terms on which an ask would serve a bid, and every term of its score: `score = for_price + for_reputation`. */
        TermsRow: {
            /**
             * Format: int64
             * @description The collateral of an award on these terms, in micro-credits.
             */
            collateral: number;
            /**
             * Format: int64
             * @description The milliseconds that the prover says a proof takes.
             */
            declared_ms: number;
            /**
             * Format: int64
             * @description The reward that the ask was scored against, in micro-credits.
             */
            effective: number;
            /**
             * Format: int64
             * @description The milliseconds after its start within which a proof is expected, by how punctual the prover was before.
             */
            expected_ms: number;
            /**
             * Format: double
             * @description The part of the price in the score; negative for a price above the effective reward.
             */
            for_price: number;
            /**
             * Format: double
             * @description The part of the reputation in the score.
             */
            for_reputation: number;
            /**
             * Format: int32
             * @description The proofs that the prover says it makes at once.
             */
            lanes: number;
            /**
             * Format: int64
             * @description The price of the proof, in micro-credits.
             */
            price: number;
            /** @description The prover whose ask this is. */
            prover: string;
            /**
             * Format: int64
             * @description The milliseconds of that and of the wait until one of its lanes is free.
             */
            queued_ms: number;
            /**
             * Format: double
             * @description The prover's reputation at the time of the auction, 0 to 1.
             */
            reputation: number;
            /**
             * Format: double
             * @description The score; 0 if it is below. The auction compares exact integers.
             */
            score: number;
            /** @description The time since which the ask stands at this price. */
            since_at: string;
            /** @description Whether the prover says that it holds the circuit built. */
            warm: boolean;
        };
        /** @description An award that no proof was paid for. */
        UnpaidRow: {
            end: components["schemas"]["EndRow"] | null;
            /**
             * Format: int64
             * @description The height of the block in which the award ended.
             */
            height: number;
            /**
             * Format: int64
             * @description The micro-credits that the prover got all the same, for its time.
             */
            paid: number;
            /**
             * Format: int64
             * @description The micro-credits of its collateral that were burned.
             */
            slashed: number;
            /** @description The task that was awarded. */
            task: string;
            /** @description Why there was no proof to pay for: `ended`, or `cancelled` by its requester. */
            why: string;
        };
        /** @description A file that is uploaded. */
        Upload: {
            /**
             * Format: int64
             * @description The bytes that are here.
             */
            bytes: number;
            /** @description Whether it is whole, and may be bought with. */
            complete: boolean;
            /** @description The SHA-256 of its bytes, which is its name. */
            digest: string;
        };
        /** @description Why a prover does, or does not, have a task. */
        VerdictRow: {
            answer?: components["schemas"]["AnswerRow"] | null;
            best?: components["schemas"]["TermsRow"] | null;
            /** @description The prover that holds the task, of `taken`; that was paid, of `over`. */
            by?: string | null;
            end?: components["schemas"]["EndRow"] | null;
            /** @description Whether it has sealed an ask; of `in_round` alone. */
            has_sealed?: boolean | null;
            /**
             * Format: int64
             * @description The price that it has opened, in micro-credits; of `in_round` alone.
             */
            opened?: number | null;
            own?: components["schemas"]["TermsRow"] | null;
            /** @description The prover that was asked about; absent in an auction of the past, which was asked about one. */
            prover?: string | null;
            /** @description The verdict: `has`, `had`, `taken`, `over`, `in_round`, `no_ask`, `refused`, `outscored` or `best`. */
            verdict: string;
        };
        /**
         * @description The result of checking a proof.
         * @enum {string}
         */
        Verification: "Pass" | "Fail";
        /** @description What came of verifying a proof once more. */
        Verified: {
            /** @description Why not; null if it is valid. */
            reason: string | null;
            /** @description Whether the proof verifies, with the tag of this task and its prover and the statement that the bid fixed. */
            valid: boolean;
        };
        /** @description The version of the program and of its contract. */
        Version: {
            /** @description The version of the contract below `/api`. */
            api: string;
            /** @description The network that the node is on, as its id. */
            network: string;
            /** @description The name that the genesis gives the network. */
            network_name: string;
            /** @description The version of the program. */
            version: string;
        };
        /** @description The stake on one candidate. */
        VoteRow: {
            /** @description The account of the candidate. */
            candidate: string;
            /**
             * Format: int64
             * @description The stake in micro-credits.
             */
            stake: number;
        };
        /** @description An endpoint, and how it goes. */
        WebhookRow: {
            /** @description The time at which it was made: nothing that happened before is sent. */
            created_at: string;
            /**
             * Format: int64
             * @description The messages that it has taken.
             */
            delivered: number;
            /** @description What it is for, in its owner's words. */
            description: string;
            /** @description The kinds of events that are sent; all if it is empty. */
            events: components["schemas"]["Event"][];
            /** @description The id of the webhook. */
            id: string;
            /**
             * Format: int64
             * @description The messages that were dropped; `events.lost` tells of them once there is room.
             */
            lost: number;
            /** @description The time of the next try; null unless it fails. */
            next_try_at: string | null;
            /** @description The key before that one; messages are signed by both for a day; null then. */
            previous_key: string | null;
            /** @description The time until which it signs too; null with it. */
            previous_until_at: string | null;
            /** @description The Ed25519 key that verifies its messages, as Standard Webhooks writes it: `whpk_` and base64. */
            public_key: string;
            /**
             * Format: int64
             * @description The messages that wait: at most 1,000. A message that finds no place is dropped and counted.
             */
            queued: number;
            /** @description The time since which it fails, or is disabled; null if all is well. */
            since_at: string | null;
            /** @description Whether messages are sent: `active`, `failing` or `disabled`. */
            status: string;
            /** @description The URL that messages are posted to. */
            url: string;
            /** @description Why the last try failed, or why it is disabled; null if all is well. */
            why: string | null;
        };
        /** @description What came of trying an endpoint. */
        WebhookTried: {
            /** @description Whether it has taken the message. */
            delivered: boolean;
            /**
             * Format: int32
             * @description The status that it has answered; null if it has not.
             */
            status: number | null;
            /** @description Why it has not taken it; null if it has. */
            why: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountTold"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reputation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReputationTold"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    statement: {
        parameters: {
            query?: {
                /** @description The height of the first block; the oldest that is kept here unless it is given. */
                from?: number;
                /** @description The most lines, the newest, 1 to 1,500; 100 unless it is given. The sums have all. */
                limit?: number;
            };
            header?: never;
            path: {
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatementTold"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    awards: {
        parameters: {
            query?: {
                /** @description The most items of the page, 1 to 50; 20 unless it is given. */
                limit?: number;
                /** @description The `next_cursor` of the page before, as it was; absent for the first page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AwardLine"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    blocks: {
        parameters: {
            query?: {
                /** @description The most items of the page, 1 to 50; 20 unless it is given. */
                limit?: number;
                /** @description The `next_cursor` of the page before, as it was; absent for the first page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_BlockRow"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    block: {
        parameters: {
            query?: {
                /** @description The most items of the page, 1 to 50; 20 unless it is given. */
                limit?: number;
                /** @description The `next_cursor` of the page before, as it was; absent for the first page. */
                cursor?: string;
            };
            header?: never;
            path: {
                height: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockTold"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    book: {
        parameters: {
            query?: {
                /** @description The privacy level, 1 to 5; all unless it is given. */
                level?: number;
                /** @description The circuit's padded rows, as a power of two, 0 to 24; all unless it is given. */
                degree?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookTold"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    candidates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Election"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    committee: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommitteeTold"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: {
                /** @description the id of the last event that was seen */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description too many streams are open */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    peers: {
        parameters: {
            query?: {
                /** @description The most items of the page, 1 to 50; 20 unless it is given. */
                limit?: number;
                /** @description The `next_cursor` of the page before, as it was; absent for the first page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PeerRow"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_prices: {
        parameters: {
            query?: {
                /** @description The privacy level, 1 to 5; all unless it is given. */
                level?: number;
                /** @description The circuit's padded rows, as a power of two, 0 to 24; all unless it is given. */
                degree?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PriceRow"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_provers: {
        parameters: {
            query?: {
                /** @description The most items of the page, 1 to 50; 20 unless it is given. */
                limit?: number;
                /** @description The `next_cursor` of the page before, as it was; absent for the first page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ProverRow"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quote: {
        parameters: {
            query?: {
                /** @description The privacy level, 1 to 5; 3 unless it is given. */
                level?: number;
                /** @description The circuit's padded rows, as a power of two, 0 to 24. */
                degree?: number;
                /** @description The circuit's rows, if `degree` is not given: they are padded to the next power of two. */
                rows?: number;
                /** @description The reward that is asked about, in micro-credits; one is proposed unless it is given. */
                reward?: number;
                /** @description Seconds from now within which the proof must be delivered; 600 unless it is given. */
                deadline_seconds?: number;
                /** @description The hurry, 0 to 100; 0 unless it is given. */
                priority?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuoteTold"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quote_circuit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuoteOrder"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircuitQuoted"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusTold"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list: {
        parameters: {
            query?: {
                /** @description This node's own tasks, `own`, or all that the ledger remembers, `network`. Own ones unless it is given. */
                scope?: "own" | "network";
                /** @description The status of the tasks: `pending`, `assigned`, `in_progress`, `completed` or `failed`. */
                status?: string;
                /** @description The privacy level of the tasks, 1 to 5. */
                level?: number;
                /** @description The account of the prover that has the award or was paid. */
                prover?: string;
                /** @description The account that buys the proof. */
                requester?: string;
                /** @description The most items of the page, 1 to 50; 20 unless it is given. */
                limit?: number;
                /** @description The `next_cursor` of the page before, as it was. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TaskRow"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submit: {
        parameters: {
            query?: never;
            header?: {
                /** @description any text of at most 255 characters, fresh for each purchase */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Order"];
            };
        };
        responses: {
            /** @description bought before, with this key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bought"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bought"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show: {
        parameters: {
            query?: {
                /** @description Seconds within which the answer waits until the task is over, at most 60; without it the answer comes at once. */
                wait?: number;
            };
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskTold"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskTold"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    task_events: {
        parameters: {
            query?: never;
            header?: {
                /** @description the id of the last event that was seen */
                "Last-Event-ID"?: string | null;
            };
            path: {
                /** @description the task's id, or an own one's UUID */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description the task is over, and its end was seen */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explain: {
        parameters: {
            query?: {
                /** @description The account of a prover: why does it not have the task? */
                about?: string;
                /** @description The most asks whose answers are shown, 1 to 500; 20 unless it is given. */
                asks?: number;
            };
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explained"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    history: {
        parameters: {
            query?: {
                /** @description The account of a prover: why does it not have the task? */
                about?: string;
                /** @description The most asks whose answers are shown, 1 to 500; 20 unless it is given. */
                asks?: number;
            };
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryTold"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    receipt: {
        parameters: {
            query?: {
                /** @description The height of the oldest checkpoint from which it is to be checked; the genesis unless it is given. */
                since?: number;
            };
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifier_data: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verified"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    look: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put: {
        parameters: {
            query?: {
                /** @description The place of the first byte of the body in the file: 0, or as many as are here of one that broke off. */
                offset?: number;
            };
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": number[];
            };
        };
        responses: {
            /** @description it was here already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_WebhookRow"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookRow"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookRow"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description it is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enable_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookRow"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_webhook_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookRow"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTried"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    all_provers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProverShown"][];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    heartbeat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Heartbeat"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Heard"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterProver"];
            };
        };
        responses: {
            /** @description the prover's name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description the reasons are in it */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitTask"];
            };
        };
        responses: {
            /** @description the task's name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    assign: {
        parameters: {
            query?: {
                /** @description Seconds to wait if there is no task yet: 10 unless it is said, 60 at most. */
                wait?: number;
            };
            header?: never;
            path: {
                prover_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a task, or null if there was none */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssignedTask"] | null;
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    release: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseTask"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Heard"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    result: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitResult"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultVerdict"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    task_status: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskStatus"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description a problem, in RFC 9457's words */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
