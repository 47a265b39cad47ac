//! What the help of every command ends with: whether it starts a node of its own, and the exit codes.

use clap::Command;

/// The exit codes, said in the same words everywhere.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 not done, since the network, a peer, the node or its machine failed, the task failed, or what \
was checked does not hold; 2 bad input: the command line, a file, or an order that the ledger refuses.";

/// Said of commands that open a session.
pub(crate) const OWN_NODE: &str = "\
If no node runs on this data directory, the command starts one of its own, which sells nothing, and stops it at the \
end: what it says is as the blocks on this disk have it, or as those that it has found by then.";

/// Whether a command starts a node if none runs: whether it opens a session.
pub(crate) fn starts_a_node(path: &[&str]) -> bool {
    matches!(path, ["task" | "account" | "reputation" | "auction" | "coordinator" | "checkpoint", ..] | ["ask", "show"])
}

/// The commands with what their help ends with.
pub(crate) fn complete(command: Command) -> Command {
    complete_at(command, &[])
}

fn complete_at(command: Command, path: &[&str]) -> Command {
    let more = match starts_a_node(path) && !command.has_subcommands() {
        true => format!("{OWN_NODE}\n\n{EXIT_CODES}"),
        false => EXIT_CODES.to_owned(),
    };
    let told = match command.get_after_help() {
        Some(examples) => format!("{examples}\n\n{more}"),
        None => more,
    };
    command.after_help(told).mut_subcommands(|inner| {
        let name = inner.get_name().to_owned();
        complete_at(inner, &[path, &[name.as_str()]].concat())
    })
}
