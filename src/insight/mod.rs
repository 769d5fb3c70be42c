//! What is computed and never stored: progress rolled up, silence against the reporting rules, what
//! somebody has to do next.
