//! a fleet of simulated stations with faults, its ledger, and the check of SQL against it
