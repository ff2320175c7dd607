//! Tests of the program as a user has it: a process in a folder.

mod alerts;
mod bad_errors;
mod build;
mod changed;
mod check;
mod ci;
mod deps;
mod diff;
mod healthcare;
mod history;
mod kills;
mod layering;
mod lineage;
mod lsp;
mod phi;
mod project;
mod python_models;
mod reference_project;
mod reports;
mod start;
mod state;
mod together;
mod unit_tests;
