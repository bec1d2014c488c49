//! What a CSMS answers and asks: built drafts as exact JSON, every refusal, and others' messages as they are read.

#[cfg(test)]
mod responses {
    mod built;
    mod laws;
    mod read;
    mod refused;
    mod shown;
    mod status;
}
