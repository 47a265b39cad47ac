//! The market's rules, told as stories and stated as properties.

mod story;
mod support;
